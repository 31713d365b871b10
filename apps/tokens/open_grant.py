"""A new grant with its authorization code (RFC 6749 §4.1.2): one row, in one unit with its events.

The row's vector is what the decision read (R17). Its `transaction` is unique, so however often an
approval is posted, one code exists at most (row 110).
"""

from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.systemlog.entries import Entry
from apps.systemlog.ids import new_id
from apps.tokens.consents import consent_rows
from apps.tokens.families import SWEEP_MARGIN
from apps.tokens.models import Grant
from apps.tokens.standing import dump_vector
from apps.tokens.statements import GRANT
from apps.tokens.store import Insert, Store, Unit
from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.limits import CODE_SECONDS
from authzsite.domain.revocation import Vector
from authzsite.domain.tokens import Kind, digest, mint


@dataclass(frozen=True, slots=True)
class NewGrant:
    """What a person and the policies have agreed to. Ids are row ids."""

    id: str
    transaction: str  # digest of the transaction's id
    server_id: str
    client_id: str
    user_id: str
    policy_id: str
    rule_id: str
    scopes: tuple[str, ...]
    lifetimes: Lifetimes
    vector: Vector
    auth_time: datetime
    amr: str
    session_id: str
    redirect_uri: str  # as the request named it, "" where it left it out
    code_challenge: str
    nonce: str


def new_grant_id() -> str:
    """The id of a grant, known before it is stored so that its events can name it."""
    return new_id("oar")


async def open_grant(
    store: Store,
    grant: NewGrant,
    events: tuple[Entry, ...],
    now: datetime,
    *,
    remember: frozenset[str] = frozenset(),
) -> str | None:
    """The code, durable before it leaves; None when the transaction already has one."""
    code = mint(Kind.CODE)
    row = Insert(GRANT, (_row(grant, code, now),), or_ignore=True)
    who = {"user_id": grant.user_id, "client_id": grant.client_id, "server_id": grant.server_id}
    consents = consent_rows(sorted(remember), **who, now=now)
    if await store.write(Unit(inserts=(row, *consents), events=events), now):
        return code
    if not consents or Grant.objects.filter(transaction=grant.transaction).exists():
        return None
    # Another tab has just remembered one of the scopes: the next request won't ask for it.
    return code if await store.write(Unit(inserts=(row,), events=events), now) else None


def _row(grant: NewGrant, code: str, now: datetime) -> dict[str, Any]:
    expires_at = now + timedelta(seconds=CODE_SECONDS)
    return {
        "id": grant.id,
        "server_id": grant.server_id,
        "client_id": grant.client_id,
        "user_id": grant.user_id,
        "policy_id": grant.policy_id,
        "rule_id": grant.rule_id,
        "scopes": " ".join(grant.scopes),
        "vector": dump_vector(grant.vector),
        "lifetimes": " ".join(map(str, astuple(grant.lifetimes))),
        "auth_time": grant.auth_time,
        "amr": grant.amr,
        "session_id": grant.session_id,
        "nonce": grant.nonce,
        "created": now,
        "code_digest": digest(Kind.CODE, code),
        "code_expires_at": expires_at,
        "code_consumed_at": None,
        "redirect_uri": grant.redirect_uri,
        "code_challenge": grant.code_challenge,
        "transaction": grant.transaction,
        "sweep_after": expires_at + SWEEP_MARGIN,
        **NO_REFRESH,
    }


NO_REFRESH: dict[str, Any] = {
    "refresh_digest": "",
    "previous_digest": "",
    "rotated_at": None,
    "retries": 0,
    "escrow": "",
    "family_key": "",
    "last_used_at": None,
    "idle_expires_at": None,
    "expires_at": None,
    "revoked_at": None,
    "revoked_by": "",
}
