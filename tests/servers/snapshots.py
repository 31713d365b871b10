"""How the tests of these two folders look at a server: its snapshot, its log, its outbox."""

from apps.policies.compile import compile_policies
from apps.servers.compile import compile_server
from apps.servers.models import AuthorizationServer
from apps.systemlog.models import LogEvent, RevocationJob
from authzsite.domain.server import ServerSnapshot


def snapshot(server: AuthorizationServer) -> ServerSnapshot:
    """The server as it is now."""
    issuer = f"http://localhost:8000/oauth2/{server.pk}"
    return compile_server(server.pk, issuer=issuer, compile_policies=compile_policies)


def last_event(event_type: str) -> LogEvent:
    """The latest event of this type."""
    return LogEvent.objects.filter(event_type=event_type).latest("id")


def changes_of(event: LogEvent) -> dict[str, tuple[object, object]]:
    """Field → (before, after) of the event's first target."""
    details = event.body["target"][0].get("changeDetails", {"from": {}, "to": {}})
    return {name: (details["from"][name], details["to"][name]) for name in details["to"]}


def jobs() -> list[tuple[str, str]]:
    """Kind and cause of every revocation job, oldest first."""
    return list(RevocationJob.objects.order_by("created").values_list("kind", "cause"))
