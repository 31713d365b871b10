"""An authorization server's tabs. Settings is the form of its ModelAdmin."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.oauth.console.keys import change_keys, keys_context
from apps.oauth.console.page import may_change, render, row_or_404
from apps.oauth.console.policies import policies_context
from apps.oauth.console.policy_order import move
from apps.policies.models import ALL_CLIENTS
from apps.policies.selectors import policies_of
from apps.servers.admin.page import server_head, tab_url
from apps.servers.models import AuthorizationServer, Claim, Scope
from apps.servers.selectors import claims_of, scopes_of
from apps.systemlog.admin import reach
from apps.systemlog.admin.parts import (
    Part,
    Words,
    action,
    add_url,
    badge,
    change_url,
    chip,
    joined,
    link,
    list_url,
    moment,
    post_action,
    revoke_action,
    state,
    table,
    text,
)
from apps.tokens.admin.owners import Standings, with_owners
from apps.tokens.selectors import live_grants

Context = dict[str, Any]
SHOWN = 25
CLIENTS_SHOWN = 200


def server_tab(request: HttpRequest, object_id: str, tab: str) -> HttpResponse:
    """One tab; its buttons post to its own address."""
    server = row_or_404(request, AuthorizationServer, object_id)
    if request.method == "POST":
        return move(request, server) if tab == "policies" else change_keys(request, server)
    is_open = may_change(request, AuthorizationServer, server)
    context = TAB_CONTEXTS[tab](server, is_open)
    actions = _actions(server, tab) if is_open else []
    full = {**server_head(server, tab, actions), **context}
    return render(request, "admin/server_page.html", full)


def _actions(server: AuthorizationServer, tab: str) -> list[Part]:
    """The tab's own actions, for the head of the page."""
    pk = server.pk
    new = {
        "scopes": (_("Add scope"), add_url("servers.Scope", server=pk)),
        "claims": (_("Add claim"), add_url("servers.Claim", server=pk)),
        "policies": (_("Add policy"), add_url("policies.Policy", server=pk)),
    }
    if tab == "policies":
        others = ((_("Draft a change"), "whatif"), (_("Try it"), "try"))
        links = [action(label, tab_url(pk, name)) for label, name in others]
        return [*links, action(*new[tab], tone="primary")]
    if tab in new:
        return [action(*new[tab], tone="primary")]
    if tab == "keys":
        return [post_action(_("Rotate now"), tab_url(pk, tab), tone="primary", verb="rotate")]
    return []


def _scopes(server: AuthorizationServer, is_open: bool) -> Context:
    rows = [_scope(scope) for scope in scopes_of(server.pk)]
    columns = (_("Name"), _("What a person reads"), _("Consent"), "", _("Metadata"))
    hint = _("What a client may ask this server for. OpenID's own need no mention in a rule.")
    return {"table": table(columns, rows, empty={"title": _("No scope")}), "hint": hint}


def _scope(scope: Scope) -> list[Part]:
    kinds = [(_("Default"), scope.is_default), (_("Built in"), scope.is_system)]
    labels = [label for label, holds in kinds if holds]
    return [
        {"link": scope.name, "href": change_url("servers.Scope", scope.pk)},
        {"text": scope.display_name, "hint": scope.description},
        {"text": scope.get_consent_display()},
        {"badge": badge(labels[0], "info")} if labels else text(""),
        {"text": "published" if scope.metadata_publish == "ALL_CLIENTS" else ""},
    ]


def _claims(server: AuthorizationServer, is_open: bool) -> Context:
    rows = [_claim(claim) for claim in claims_of(server.pk)]
    columns = (_("Name"), _("Token"), _("Value"), _("Only with scopes"), _("Status"))
    hint = _("What the tokens of this server say beside what every token says.")
    return {"table": table(columns, rows, empty={"title": _("No claim")}), "hint": hint}


def _claim(claim: Claim) -> list[Part]:
    value = [chip(claim.value)] if claim.value else [text(claim.get_value_type_display())]
    if claim.value_type == Claim.ValueType.GROUPS:
        kind = claim.get_group_filter_type_display().lower()
        value = [text(_("groups whose name %(kind)s ") % {"kind": kind}), chip(claim.value)]
    return [
        {"link": claim.name, "href": change_url("servers.Claim", claim.pk)},
        {
            "text": claim.get_claim_type_display(),
            "hint": "" if claim.always_include_in_token else _("userinfo unless asked for"),
        },
        {"parts": value},
        {"parts": joined((chip(name) for name in claim.scopes), " ")} if claim.scopes else text(""),
        {"badge": state(claim.status, claim.get_status_display())},
    ]


def _policies(server: AuthorizationServer, is_open: bool) -> Context:
    return policies_context(server, is_open)


def _keys(server: AuthorizationServer, is_open: bool) -> Context:
    return keys_context(server, is_open)


def _clients(server: AuthorizationServer, is_open: bool) -> Context:
    policies = list(policies_of(server.pk))
    for_all = [policy for policy in policies if ALL_CLIENTS in policy.clients]
    ids = {pk for policy in policies for pk in policy.clients}
    found = Client.objects.order_by("name") if for_all else Client.objects.filter(pk__in=ids)
    rows = [_client(client, policies) for client in found.order_by("name")[:CLIENTS_SHOWN]]
    empty = {"title": _("No client"), "body": _("No policy of this server covers a client.")}
    hint = _("For these clients at least one policy is read.")
    if for_all:
        hint = _("The policy %(name)s is for all clients.") % {"name": for_all[0].name}
    more = {"label": _("All clients"), "href": list_url("clients.Client")}
    columns = (_("Client"), _("Client ID"), _("Type"), _("Status"), _("Policies"))
    return {"table": table(columns, rows, empty=empty), "hint": hint, "more": more}


def _client(client: Client, policies: list[Any]) -> list[Part]:
    mine = [one for one in policies if {ALL_CLIENTS, client.pk} & set(one.clients)]
    return [
        link(client.name, change_url("clients.Client", client.pk)),
        {"parts": [chip(client.client_id)]},
        text(client.get_type_display()),
        {"badge": state(client.status, client.get_status_display())},
        {"parts": joined(link(one.name, change_url("policies.Policy", one.pk)) for one in mine)},
    ]


def _tokens(server: AuthorizationServer, is_open: bool) -> Context:
    found = live_grants(timezone.now()).filter(server_id=server.pk).order_by("-created")
    grants = list(with_owners(found)[:SHOWN])
    standings = Standings(grants)
    rows = [_grant(grant, *standings.of(grant)) for grant in grants]
    empty = {"title": _("No grant"), "body": _("Nobody has a refresh token or an open code here.")}
    return {
        "cards": reach.cards(server_id=server.pk),
        "heading": _("Latest grants"),
        "actions": [revoke_action(server=server.pk)],
        "hint": _(
            "JWTs of client_credentials have no rows: not listed, but they die all the same."
        ),
        "table": table(
            (_("Grant"), _("User"), _("Client"), _("Scopes"), _("Since"), _("Standing")),
            rows,
            empty=empty,
        ),
        "more": {
            "label": _("All grants of this server"),
            "href": list_url("tokens.Grant", server_id=server.pk),
        },
    }


def _grant(grant: Any, words: Words, tone: str) -> list[Part]:
    return [
        link(grant.pk, change_url("tokens.Grant", grant.pk)),
        link(grant.user_login or grant.user_id, change_url("directory.User", grant.user_id)),
        link(grant.client_name or grant.client_id, change_url("clients.Client", grant.client_id)),
        {"parts": joined((chip(name) for name in grant.scopes.split()), " ")},
        text(moment(grant.created)),
        {"badge": badge(words, tone)},
    ]


TAB_CONTEXTS: dict[str, Callable[[AuthorizationServer, bool], Context]] = {
    "scopes": _scopes,
    "claims": _claims,
    "policies": _policies,
    "keys": _keys,
    "clients": _clients,
    "tokens": _tokens,
}
