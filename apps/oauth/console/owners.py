"""Where a user, a group and a client are used: tabs that need the apps above theirs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.models import Client, GroupAssignment
from apps.clients.selectors import assignment_paths, clients_of_user
from apps.directory.models import Group, User
from apps.oauth.console.page import row_or_404
from apps.policies.models import ALL_CLIENTS, Policy
from apps.policies.selectors import rules_naming_group, rules_naming_user
from apps.servers.admin.page import tab_url
from apps.servers.selectors import protected_by
from apps.systemlog.admin.parts import (
    badge,
    change_url,
    joined,
    link,
    moment,
    part_url,
    table,
    text,
)

SHOWN = 100
KINDS = {"direct": gettext_lazy("directly"), "everyone": gettext_lazy("like everyone")}


def user_clients(request: HttpRequest, object_id: str) -> HttpResponse:
    """The clients that a user may use and by which path, and the rules that name the user."""
    user = row_or_404(request, User, object_id)
    clients = list(clients_of_user(user)[:SHOWN])
    rows = [_user_client(user, client) for client in clients]
    empty = {
        "title": _("Assigned to no client"),
        "body": _("The user gets no token from any client."),
    }
    sections = [
        {
            "heading": _("Clients"),
            "table": table((_("Client"), _("By"), _("Now")), rows, empty=empty),
        },
        _rules(rules_naming_user(user.pk), _("No rule names the user")),
    ]
    return _shell(request, user, "clients", sections)


def group_clients(request: HttpRequest, object_id: str) -> HttpResponse:
    """The clients that a group is assigned to, and the rules that name the group."""
    group = row_or_404(request, Group, object_id)
    found = GroupAssignment.objects.filter(group=group).select_related("client")
    rows = [
        [
            link(row.client.name, part_url("clients.Client", row.client_id, "assignments")),
            text(moment(row.valid_from)),
            text(moment(row.valid_until)),
        ]
        for row in found.order_by("client__name")[:SHOWN]
    ]
    empty = {"title": _("Assigned to no client")}
    sections = [
        {
            "heading": _("Clients"),
            "table": table((_("Client"), _("From"), _("Until")), rows, empty=empty),
        },
        _rules(rules_naming_group(group.pk), _("No rule names the group")),
    ]
    return _shell(request, group, "clients", sections)


def client_uses(request: HttpRequest, object_id: str) -> HttpResponse:
    """The policies that cover a client, and the servers that know it as their API."""
    client = row_or_404(request, Client, object_id)
    policies = Policy.objects.select_related("server").order_by("server__name", "priority")
    mine = [one for one in policies if {ALL_CLIENTS, client.pk} & set(one.clients)]
    rows = [_policy(one, client) for one in mine[:SHOWN]]
    empty = {
        "title": _("No policy covers this client"),
        "body": _("It gets no token from any server."),
    }
    servers = [link(one.name, tab_url(one.pk, "settings")) for one in protected_by(client.pk)]
    api = [{"label": _("Is the API of"), "parts": joined(servers) or [text(_("no server"))]}]
    if client.token_policy is not None:
        policy = client.token_policy
        href = change_url("clients.TokenPolicy", policy.pk)
        api.append({"label": _("Token policy"), "parts": [link(policy.title, href)]})
    columns = (_("Server"), _("Policy"), _("For"), _("Status"))
    sections: list[dict[str, Any]] = [
        {
            "heading": _("Access policies"),
            "hint": _("Those that are read when this client asks for a token."),
            "table": table(columns, rows, empty=empty),
        },
        {"heading": _("Also"), "facts": api},
    ]
    return _shell(request, client, "uses", sections)


def _shell(request: HttpRequest, row: Any, tab: str, sections: list[dict[str, Any]]) -> Any:
    """In the frame of the row's own ModelAdmin."""
    model_admin: Any = admin.site._registry[type(row)]
    return model_admin.shell(request, row, tab, sections=sections)


def _user_client(user: User, client: Client) -> list[dict[str, Any]]:
    paths = assignment_paths(user, client, timezone.now())
    by = joined(
        text(str(KINDS[path.kind]))
        if path.kind in KINDS
        else link(path.name, change_url("directory.Group", path.group_id))
        for path in paths
    )
    holds = any(path.is_in_force for path in paths)
    return [
        link(client.name, part_url("clients.Client", client.pk, "assignments")),
        {"parts": by},
        {"badge": badge(_("Assigned"), "success") if holds else badge(_("Not now"), "warn")},
    ]


def _policy(policy: Policy, client: Client) -> list[dict[str, Any]]:
    is_active = policy.status == "ACTIVE"
    return [
        link(policy.server.name, tab_url(policy.server_id, "policies")),
        link(policy.name, change_url("policies.Policy", policy.pk)),
        text(_("all clients") if ALL_CLIENTS in policy.clients else _("this client by name")),
        {"badge": badge(_("Active"), "success") if is_active else badge(_("Inactive"))},
    ]


def _rules(rules: list[Any], nothing: str) -> dict[str, Any]:
    rows = [
        [
            link(rule.policy.server.name, tab_url(rule.policy.server_id, "policies")),
            link(rule.policy.name, change_url("policies.Policy", rule.policy_id)),
            link(rule.name, change_url("policies.Rule", rule.pk)),
        ]
        for rule in rules[:SHOWN]
    ]
    columns = (_("Server"), _("Policy"), _("Rule"))
    return {"heading": _("Rules"), "table": table(columns, rows, empty={"title": nothing})}
