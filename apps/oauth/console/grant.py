"""One grant: whose it is, what it stands on and whether that still holds, and what came of it."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.models import Client
from apps.oauth import runtime
from apps.oauth.console.page import may_change, render, row_or_404
from apps.policies.models import Policy, Rule
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.parts import (
    Part,
    action,
    badge,
    change_url,
    chip,
    link,
    list_url,
    moment,
    part_url,
    table,
    text,
)
from apps.systemlog.admin.service import actor_of, attempt
from apps.tokens.admin.owners import Standings, with_owners
from apps.tokens.administration import revoke_grant
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.models import AccessToken, Grant
from apps.tokens.standing import grant_fault
from apps.tokens.store import Lookup

GRANT = "tokens.Grant"
TOKENS_SHOWN = 20
CAUSES = {
    "missing": gettext_lazy("what it belongs to is gone"),
    "revoked": gettext_lazy("it was revoked"),
    "installation": gettext_lazy("all tokens were ended"),
    "server": gettext_lazy("its server changed or is inactive"),
    "client": gettext_lazy("its client changed or is inactive"),
    "user": gettext_lazy("its user changed status"),
    "password": gettext_lazy("the user's password changed"),
    "assignment": gettext_lazy("the user is no longer assigned by any of its paths"),
    "config": gettext_lazy("its policy, rule or a scope changed"),
    "cutoff": gettext_lazy("an administrator revoked it with others"),
    "expired": gettext_lazy("its time is over"),
}


def grant_page(request: HttpRequest, object_id: str) -> HttpResponse:
    """To be read; Revoke is the only thing to do."""
    grant = row_or_404(request, Grant, object_id)
    row = with_owners(Grant.objects.filter(pk=grant.pk)).get()
    words, tone = standing(row)
    revoke = action(_("Revoke…"), part_url(GRANT, row.pk, "revoke"), tone="danger")
    is_open = may_change(request, Grant, grant) and row.revoked_at is None
    page = {
        "title": (
            _("%(user)s at %(client)s")
            % {"user": row.user_login or row.user_id, "client": row.client_name or row.client_id}
        ),
        "status": badge(_("Live") if tone == "success" else _("Ended"), tone),
        "facts": [[text(_("grant ")), chip(row.pk)], [text(words)]],
        "actions": [revoke] if is_open else [],
    }
    context = {
        "title": page["title"],
        "page": page,
        "crumbs": [{"label": _("Tokens"), "href": list_url(GRANT)}, {"label": row.pk}],
        "sections": [
            {"heading": _("What it is"), "facts": _facts(row)},
            {"heading": _("Its times"), "facts": _times(row)},
            _tokens(row),
        ],
    }
    return render(request, "admin/console/tab.html", context)


def revoke_page(request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask, then end it."""
    grant = row_or_404(request, Grant, object_id)
    back = change_url(GRANT, grant.pk)
    if is_confirmed(request):
        actor = actor_of(request)
        done = _("The grant is revoked.")
        attempt(request, lambda: revoke_grant(actor=actor, grant_id=grant.pk), done)
        return HttpResponseRedirect(back)
    return ask(
        request,
        title=_("Revoke this grant?"),
        body=_("Its refresh token, and every access token issued from it, end at once."),
        button=_("Revoke grant"),
        back=back,
        change=lambda: revoke_grant(actor=actor_of(request), grant_id=grant.pk),
        crumbs=[{"label": _("Tokens"), "href": list_url(GRANT)}, {"label": grant.pk, "href": back}],
    )


def standing(row: Any) -> tuple[str, str]:
    """What the one gate says of the grant now: the same that the token endpoint asks."""
    now = datetime.now(UTC)
    client = Client.objects.filter(pk=row.client_id).values_list("client_id", flat=True).first()
    lookup = Lookup(grant=row.pk)
    reading = drive(DjangoStore().read(row.server_id, client or "", lookup, now))
    if reading.server is None:
        return _("Ended: its server is gone"), "danger"
    fault = grant_fault(reading, runtime.server_snapshot(reading.server), now)
    if fault is not None:
        why = CAUSES.get(fault.cause.value, fault.reason)
        return _("Ended: %(why)s") % {"why": why}, "danger"
    if row.code_expires_at and not row.code_consumed_at and row.code_expires_at <= now:
        return _("Ended: its code was not exchanged in time"), "danger"
    if row.idle_expires_at is not None and row.idle_expires_at <= now:
        return _("Ended: it wasn't used for too long"), "danger"
    return _("Everything that it stands on holds"), "success"


def _facts(row: Any) -> list[dict[str, Any]]:
    policy = Policy.objects.filter(pk=row.policy_id).first()
    rule = Rule.objects.filter(pk=row.rule_id).first()
    by: list[Part] = [text(row.rule_id or _("a token policy"))]
    if rule is not None and policy is not None:
        by = [link(rule.name, change_url("policies.Rule", rule.pk)), text(_(" of policy "))]
        by.append(link(policy.name, change_url("policies.Policy", policy.pk)))
    return [
        _owner(_("User"), "directory.User", row.user_id, row.user_login),
        _owner(_("Client"), "clients.Client", row.client_id, row.client_name),
        _owner(_("Server"), "servers.AuthorizationServer", row.server_id, row.server_name),
        {
            "label": _("Scopes"),
            "chips": [chip(name) for name in row.scopes.split()],
            "text": "none",
        },
        {"label": _("Granted by"), "parts": by},
        {
            "label": _("Signed in"),
            "text": (
                _("%(moment)s by %(amr)s") % {"moment": moment(row.auth_time), "amr": row.amr}
            ),
        },
        {
            "label": _("In the log"),
            "parts": [
                link(
                    _("Everything of this user at this client"),
                    list_url("systemlog.LogEvent", user_id=row.user_id, client_id=row.client_id),
                )
            ],
        },
    ]


def _owner(label: str, model: str, pk: str, name: str | None) -> dict[str, Any]:
    shown = link(name, change_url(model, pk)) if name else text(_("%(id)s (gone)") % {"id": pk})
    return {"label": label, "parts": [shown]}


def _times(row: Any) -> list[dict[str, Any]]:
    has_refresh = bool(row.refresh_digest)
    code = "exchanged" if row.code_consumed_at else _("not exchanged")
    return [
        {"label": _("Since"), "text": moment(row.created)},
        {"label": _("Code"), "text": f"{code} {moment(row.code_consumed_at)}".strip()},
        {"label": _("Refresh token"), "text": "yes" if has_refresh else "none"},
        {"label": _("Last used"), "text": moment(row.last_used_at) or _("not yet")},
        {"label": _("Idle until"), "text": moment(row.idle_expires_at)},
        {"label": _("Ends"), "text": moment(row.expires_at) or "never" if has_refresh else ""},
        {"label": _("Revoked"), "text": f"{moment(row.revoked_at)} {row.revoked_by}".strip()},
    ]


def _tokens(row: Any) -> dict[str, Any]:
    found = with_owners(AccessToken.objects.filter(grant_id=row.pk))
    tokens = list(found.order_by("-issued_at")[:TOKENS_SHOWN])
    standings = Standings(tokens)
    rows: list[list[Part]] = [
        [
            {"parts": [chip(str(token))]},
            text(moment(token.issued_at)),
            text(moment(token.expires_at)),
            {"badge": badge(*standings.of(token))},
        ]
        for token in tokens
    ]
    empty = {"title": _("No opaque access token"), "body": _("JWTs aren't stored.")}
    columns = (_("Token"), _("Issued"), _("Expires"), _("Standing"))
    return {"heading": _("Opaque access tokens"), "table": table(columns, rows, empty=empty)}
