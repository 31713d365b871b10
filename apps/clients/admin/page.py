"""What the pages of one client share: head, tabs, and how a new secret is shown."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.models import ActiveStatus, Client
from apps.systemlog.admin.parts import (
    Words,
    action,
    chip,
    list_url,
    part_url,
    post_action,
    revoke_action,
    state,
    text,
    try_action,
)

CLIENT = "clients.Client"
TABS = (
    ("settings", gettext_lazy("Settings"), "change"),
    ("secrets", gettext_lazy("Secrets"), "secrets"),
    ("assignments", gettext_lazy("Assignments"), "assignments"),
    ("uses", gettext_lazy("Policies"), "uses"),
    ("tokens", gettext_lazy("Tokens"), ""),
    ("history", gettext_lazy("History"), "history"),
)


def client_page(request: HttpRequest, client: Client, *, may_change: bool) -> dict[str, Any]:
    """The head of a client's pages."""
    actions = [revoke_action(client=client.pk), _status_action(client)]
    page = {
        "title": client.name,
        "status": state(client.status, client.get_status_display()),
        "facts": [
            [text(_("client ID ")), chip(client.client_id)],
            [text(client.get_type_display())],
            [text(_("id ")), chip(client.pk)],
        ],
        "actions": [try_action(client=client.pk), *(actions if may_change else [])],
    }
    crumbs = [{"label": _("Clients"), "href": list_url(CLIENT)}, {"label": client.name}]
    return {"page": page, "crumbs": crumbs, "tabs": [_tab(request, client, *one) for one in TABS]}


def _tab(
    request: HttpRequest, client: Client, name: str, label: Words, part: str
) -> dict[str, Any]:
    tokens = list_url("tokens.Grant", client_id=client.pk)
    href = part_url(CLIENT, client.pk, part) if part else tokens
    return {
        "name": name,
        "label": label,
        "href": href,
        "is_current": request.path == href,
        "count": None,
    }


def _status_action(client: Client) -> dict[str, Any]:
    if client.status == ActiveStatus.ACTIVE:
        return action(_("Deactivate…"), part_url(CLIENT, client.pk, "deactivate"))
    url = part_url(CLIENT, client.pk, "activate")
    return post_action(_("Activate"), url, tone="primary", confirmed="1")


def secret_of(client: Client, value: str, note: str = "") -> dict[str, Any]:
    """A new secret as `components/secret_once.html` shows it: in this answer and never again."""
    return {
        "title": _("Copy the secret of %(name)s now") % {"name": client.name},
        "label": _("Client secret"),
        "value": value,
        "id": "new-secret",
        "note": note,
        "done": {"label": _("I have it"), "href": part_url(CLIENT, client.pk, "secrets")},
    }
