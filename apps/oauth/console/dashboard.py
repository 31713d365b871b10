"""What the dashboard tells beside counts: the latest denials, and what should be looked at."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from apps.clients.selectors import expiring_secrets
from apps.servers.admin.page import tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import change_url, moment, part_url
from apps.systemlog.admin.tell import SERVER, client_name, target_name
from apps.systemlog.models import LogEvent
from authzsite.domain.explanation import Explanation

SHOWN = 8
SOON = timedelta(days=14)
DENIALS = ("app.oauth2.as.token.grant", "app.oauth2.as.authorize")


def denials(request: HttpRequest) -> list[dict[str, Any]]:
    """The newest refused requests for tokens."""
    found = LogEvent.objects.filter(event_type__in=DENIALS, outcome="FAILURE").order_by("-pk")
    return [_denial(event) for event in found[:SHOWN]]


def attention(request: HttpRequest) -> list[dict[str, Any]]:
    """Secrets about to expire, and servers that issue nothing."""
    now = timezone.now()
    secrets = [
        {
            "label": "Secret",
            "tone": "warn",
            "text": f"A secret of {secret.client.name} expires {moment(secret.expires_at)}",
            "href": part_url("clients.Client", secret.client_id, "secrets"),
        }
        for secret in expiring_secrets(now, now + SOON)[:SHOWN]
    ]
    bare = AuthorizationServer.objects.filter(policies=None, is_organization=False, status="ACTIVE")
    return [
        *secrets,
        *(
            {
                "label": "Policy",
                "tone": "warn",
                "text": f"{server.name} has no access policy",
                "href": tab_url(server.pk, "policies"),
                "hint": "it issues nothing",
            }
            for server in bare.order_by("name")[:SHOWN]
        ),
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
