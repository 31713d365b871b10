"""Grants as families: the state that classification reads, and the conditional updates that consume
(R13, R17).

Each update is one statement whose WHERE decides the winner; nothing here checks first and writes
later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from apps.systemlog.entries import Entry
from apps.tokens.statements import GRANT
from apps.tokens.store import GrantRow, Store, Unit, Update
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.escrow import open_sealed, seal
from authzsite.domain.lifetimes import Lifetimes, absolute_expiry, access_expiry, idle_expiry
from authzsite.domain.rotation import CodeState, RefreshState, Rotation
from authzsite.domain.tokens import Kind, digest, mint_refresh, new_family_key

SWEEP_MARGIN: Final = timedelta(days=1)


def code_state(grant: GrantRow | None) -> CodeState | None:
    """What the row says of its code."""
    if grant is None or grant.code_expires_at is None:
        return None
    return CodeState(
        client_id=grant.client_id,
        redirect_uri=grant.redirect_uri,
        expires_at=grant.code_expires_at,
        code_challenge=grant.code_challenge or None,
        consumed_at=grant.code_consumed_at,
        revoked_at=grant.revoked_at,
        revoked_by=grant.revoked_by or None,
    )


def refresh_state(grant: GrantRow | None, client: ClientSnapshot) -> RefreshState | None:
    """What the row says of its refresh tokens, under the client's present rotation setting."""
    if grant is None or not grant.refresh_digest or grant.idle_expires_at is None:
        return None
    return RefreshState(
        client_id=grant.client_id,
        current_digest=grant.refresh_digest,
        idle_expires_at=grant.idle_expires_at,
        previous_digest=grant.previous_digest or None,
        rotated_at=grant.rotated_at,
        retries=grant.retries,
        leeway_seconds=client.leeway,
        rotation=Rotation(client.rotation_type),
        absolute_expires_at=grant.expires_at,
        last_used_at=grant.last_used_at,
        revoked_at=grant.revoked_at,
        revoked_by=grant.revoked_by or None,
    )


def lifetimes_of(grant: GrantRow) -> Lifetimes:
    """The lifetimes that the decision fixed."""
    access, refresh, idle = (int(part) for part in grant.lifetimes.split())
    return Lifetimes(access, refresh, idle)


@dataclass(frozen=True, slots=True)
class Step:
    """One use of a family: the refresh token to answer with ("" for none) and the update that
    makes it so."""

    refresh_token: str
    update: Update
    absolute: datetime | None = None


def redeem_code(grant: GrantRow, vector: str, now: datetime, *, with_refresh: bool) -> Step:
    """Consume the code; the first refresh token of the family, where it gets one. `vector` is
    the rebased one (R17)."""
    lifetimes = lifetimes_of(grant)
    values: dict[str, Any] = {"code_consumed_at": now, "vector": vector}
    token, absolute = "", None
    if with_refresh:
        key = new_family_key()
        token, absolute = mint_refresh(grant.id, key), absolute_expiry(lifetimes, now)
        values |= {
            "family_key": key.hex(),
            "refresh_digest": digest(Kind.REFRESH, token),
            "expires_at": absolute,
        }
        values |= _used(lifetimes, absolute, now)
    else:
        values["sweep_after"] = access_expiry(lifetimes, now, None) + SWEEP_MARGIN
    where = {"id": grant.id, "code_consumed_at": None, "revoked_at": None}
    return Step(token, Update(GRANT, where, values), absolute)


def rotate(
    grant: GrantRow, client: ClientSnapshot, presented: str, asked: tuple[str, ...], now: datetime
) -> Step:
    """Use the current refresh token: a successor, sealed for its predecessor, or the same one
    (STATIC)."""
    where = {"id": grant.id, "refresh_digest": grant.refresh_digest, "revoked_at": None}
    # A clock that went back must not shorten the idle window (F24).
    used = max(now, grant.last_used_at or now)
    values = _used(lifetimes_of(grant), grant.expires_at, used)
    if client.rotation_type == Rotation.STATIC:
        return Step(presented, Update(GRANT, where, values), grant.expires_at)
    successor = mint_refresh(grant.id, bytes.fromhex(grant.family_key))
    box = seal(successor, presented=presented, client_id=client.id, grant_id=grant.id, scopes=asked)
    values |= {
        "previous_digest": grant.refresh_digest,
        "refresh_digest": digest(Kind.REFRESH, successor),
        "rotated_at": now,
        "escrow": box.hex(),
        "retries": 0,
    }
    return Step(successor, Update(GRANT, where, values), grant.expires_at)


def retry(
    grant: GrantRow, client: ClientSnapshot, presented: str, asked: tuple[str, ...]
) -> Step | None:
    """The same successor again, inside the leeway; None when the request isn't the same one."""
    successor = open_sealed(
        bytes.fromhex(grant.escrow),
        presented=presented,
        client_id=client.id,
        grant_id=grant.id,
        scopes=asked,
    )
    if successor is None:
        return None
    where = {"id": grant.id, "previous_digest": grant.previous_digest, "revoked_at": None}
    return Step(successor, Update(GRANT, where, {"retries": grant.retries + 1}), grant.expires_at)


def _used(lifetimes: Lifetimes, absolute: datetime | None, now: datetime) -> dict[str, Any]:
    idle = idle_expiry(lifetimes, now, absolute)
    last = max(idle, access_expiry(lifetimes, now, absolute))
    return {"last_used_at": now, "idle_expires_at": idle, "sweep_after": last + SWEEP_MARGIN}


async def end_family(
    store: Store, grant: GrantRow, by: str, events: tuple[Entry, ...], now: datetime
) -> bool:
    """Revoke the grant and with it everything issued from it; the events are written whoever was
    first."""
    if await store.write(Unit(revoke_grant(grant.id, by, now), events=events), now):
        return True
    await store.write(Unit(events=events), now)
    return False


def revoke_grant(grant_id: str, by: str, now: datetime, **more: Any) -> Update:
    """The update that ends a family; void when it has already ended."""
    values: Mapping[str, Any] = {"revoked_at": now, "revoked_by": by[:80], **more}
    return Update(GRANT, {"id": grant_id, "revoked_at": None}, values)
