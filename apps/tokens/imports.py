"""A refresh token that another server has issued, as a grant of ours (R13)."""

from dataclasses import astuple, dataclass
from datetime import datetime

from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.record import record
from apps.tokens.families import SWEEP_MARGIN
from apps.tokens.models import Grant
from apps.tokens.standing import dump_vector
from authzsite.domain.imported_tokens import imported_digest, imported_grant_id
from authzsite.domain.lifetimes import Lifetimes, absolute_expiry, earliest, idle_expiry
from authzsite.domain.revocation import Vector
from authzsite.domain.tokens import new_family_key

EVENT = "app.oauth2.as.token.import"


@dataclass(frozen=True, slots=True)
class Imported:
    """What is known of the token, and the decision that it stands on from now. Ids are row ids."""

    checksum: str
    server_id: str
    client_id: str
    user_id: str
    policy_id: str
    rule_id: str
    scopes: tuple[str, ...]
    lifetimes: Lifetimes
    vector: Vector
    issued: datetime
    expires_at: datetime | None = None  # its end over there, where there is one


def import_refresh_token(*, actor: Actor, token: Imported, now: datetime) -> bool:
    """Write the grant, and its event; False when it has been imported before."""
    grant_id = imported_grant_id(token.checksum)
    ours = absolute_expiry(token.lifetimes, now)
    absolute = earliest(ours, token.expires_at) if ours else token.expires_at
    idle = idle_expiry(token.lifetimes, now, absolute)
    _, is_new = Grant.objects.get_or_create(
        pk=grant_id,
        defaults={
            "server_id": token.server_id,
            "client_id": token.client_id,
            "user_id": token.user_id,
            "policy_id": token.policy_id,
            "rule_id": token.rule_id,
            "scopes": " ".join(token.scopes),
            "vector": dump_vector(token.vector),
            "lifetimes": " ".join(map(str, astuple(token.lifetimes))),
            "auth_time": token.issued,
            "created": now,
            "refresh_digest": imported_digest(token.checksum),
            "family_key": new_family_key().hex(),
            "last_used_at": now,
            "idle_expires_at": idle,
            "expires_at": absolute,
            "sweep_after": idle + SWEEP_MARGIN,
        },
    )
    if is_new:
        _log(actor, grant_id, token)
    return is_new


def _log(actor: Actor, grant_id: str, token: Imported) -> None:
    detail = {"hash": grant_id, "subject": token.user_id, "scope": " ".join(token.scopes)}
    record(
        Entry(
            EVENT,
            actor,
            (Target(grant_id, "refresh_token", detail=detail),),
            client_id=token.client_id,
            server_id=token.server_id,
            user_id=token.user_id,
        )
    )
