"""A decision of the log: read again, and asked again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.oauth.simulation.simulate import Asked, simulate
from apps.servers.models import AuthorizationServer
from apps.systemlog.models import LogEvent
from authzsite.domain.explanation import Explanation
from authzsite.domain.trace import RequestFacts


@dataclass(frozen=True, slots=True)
class Answer:
    """What the request would get now; or why it can't be asked any more."""

    explanation: Explanation | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    """What would refuse it before any policy is read."""


def explanation_of(event: LogEvent) -> Explanation | str | None:
    """The decision that an event holds, a complaint about it, or None where it holds none."""
    data = event.body.get("debugData") or {}
    trace = data.get("trace")
    return Explanation.from_dict(trace) if isinstance(trace, dict) else None


def ask_again(then: RequestFacts) -> Answer:
    """The request of `then` with the configuration and the user of now."""
    server = AuthorizationServer.objects.filter(pk=then.server_id).first()
    client = Client.objects.filter(pk=then.client_id).first()
    if server is None or client is None:
        no_server = _("The authorization server doesn't exist any more.")
        no_client = _("The client doesn't exist any more.")
        return Answer(problem=no_server if server is None else no_client)
    asked = Asked(
        server.pk, client.client_id, then.grant_type, then.user_id or "", then.requested_scopes
    )
    found = simulate(asked, datetime.now(UTC))
    if found is None:
        return Answer(problem=_("The server or the client is being deleted."))
    return Answer(found.explanation, notes=tuple(one.text for one in found.obstacles))
