"""What the dashboard tells beside counts: the latest denials, and what should be looked at."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.clients.selectors import expiring_secrets
from apps.oauth.console.dashboard_attention import CLIENT, SOON, more, without_policy
from apps.servers.admin.page import SERVER as AS
from apps.servers.admin.page import tab_url
from apps.systemlog.admin.parts import change_url, list_url, moment, part_url
from apps.systemlog.admin.tell import SERVER, client_name, target_name
from apps.systemlog.models import LogEvent
from authzsite.domain.explanation import Explanation

SHOWN = 8
DENIALS = ("app.oauth2.as.token.grant", "app.oauth2.as.authorize")


def denials(request: HttpRequest) -> list[dict[str, Any]]:
    """The newest refused requests for tokens."""
    found = LogEvent.objects.filter(event_type__in=DENIALS, outcome="FAILURE").order_by("-pk")
    return [_denial(event) for event in found[:SHOWN]]


def attention(request: HttpRequest) -> list[dict[str, Any]]:
    """Secrets about to expire, and servers that issue nothing."""
    return [*_secrets(timezone.now()), *_bare()]


def _secrets(now: datetime) -> list[dict[str, Any]]:
    found = list(expiring_secrets(now, now + SOON)[: SHOWN + 1])
    named = [
        {
            "label": _("Secret"),
            "tone": "warn",
            "text": _("A secret of %(client)s expires %(when)s")
            % {"client": secret.client.name, "when": moment(secret.expires_at)},
            "href": part_url(CLIENT, secret.client_id, "secrets"),
        }
        for secret in found[:SHOWN]
    ]
    told = _("All clients with a secret that expires soon")
    return [
        *named,
        *more(found, SHOWN, _("Secret"), told, list_url(CLIENT, attention="secret")),
    ]


def _bare() -> list[dict[str, Any]]:
    found = list(without_policy().order_by("name")[: SHOWN + 1])
    named = [
        {
            "label": _("Policy"),
            "tone": "warn",
            "text": _("%(server)s has no access policy") % {"server": server.name},
            "href": tab_url(server.pk, "policies"),
            "hint": _("it issues nothing"),
        }
        for server in found[:SHOWN]
    ]
    told = _("All servers without an access policy")
    return [
        *named,
        *more(found, SHOWN, _("Policy"), told, list_url(AS, attention="policy")),
    ]


def _denial(event: LogEvent) -> dict[str, Any]:
    found = Explanation.from_dict((event.body.get("debugData") or {}).get("trace") or {})
    reason = event.reason.replace("_", " ").capitalize()
    return {
        "when": moment(event.published),
        "who": _name(target_name(event, "User"), "directory.User", event.user_id),
        "client": _name(client_name(event), "clients.Client", event.client_id),
        "server": _name(target_name(event, SERVER), "servers.AuthorizationServer", event.server_id),
        "reason": found.headline if isinstance(found, Explanation) else reason,
        "href": change_url("systemlog.LogEvent", event.pk),
    }


def _name(name: str, label: str, pk: str) -> dict[str, str]:
    return {"name": name, "href": change_url(label, pk) if pk else ""}
