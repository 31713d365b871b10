"""That somebody tried a request out: an event of its own, which grants nothing (R24, row 297)."""

from datetime import datetime

from apps.oauth.simulation.simulate import Asked, Simulation
from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import server_target
from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.record import record

EVENT = "policy.simulation"


def record_try(
    actor: Actor, server: AuthorizationServer, asked: Asked, found: Simulation, at: datetime
) -> None:
    """Who tried what, for whom, and what came of it."""
    decision = found.explanation.decision
    client = found.client
    user = found.explanation.request.user_name
    targets = [Target(client.id, "PublicClientApp", client.client_id, client.name)]
    if asked.user_id:
        targets.append(Target(asked.user_id, "User", user, user))
    record(
        Entry(
            EVENT,
            actor=actor,
            targets=(*targets, server_target(server)),
            outcome="DENY" if found.refusal else "ALLOW",
            severity="INFO",
            reason=found.refusal.reason if found.refusal else "",
            client_id=client.id,
            server_id=server.pk,
            user_id=asked.user_id,
            debug={
                "grantType": asked.grant_type,
                "requestedScopes": ", ".join(asked.scopes or ()) or None,
                "at": at.isoformat(),
                "policy": decision.policy_id or None,
                "rule": decision.rule_id or None,
            },
        )
    )
