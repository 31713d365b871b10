"""From what the one SELECT found to the one gate function: every place that accepts a token asks
here."""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

from apps.systemlog.compact import compact
from apps.tokens.store import ClientRow, Reading
from authzsite.domain.cutoffs import read_ids
from authzsite.domain.lifetimes import earliest
from authzsite.domain.revocation import (
    Fault,
    Standing,
    Vector,
    from_json,
    rebase,
    standing_fault,
    to_json,
)
from authzsite.domain.server import ServerSnapshot

VECTORS: Final = 4096  # texts kept with what they say: all tokens of one decision share one


@lru_cache(VECTORS)
def dump_vector(vector: Vector) -> str:
    """The vector as a row holds it."""
    return compact(to_json(vector))


@lru_cache(VECTORS)
def load_vector(text: str) -> Vector | None:
    """The vector of a row; None (which is dead) for anything else."""
    try:
        return from_json(json.loads(text))
    except ValueError:
        return None


def stamp(reading: Reading, server: ServerSnapshot, config: Iterable[int]) -> Vector | None:
    """The vector of a new token: the epochs and cutoffs that the decision read, never re-read at
    issue. None when a row is missing."""
    if reading.server is None or reading.client is None:
        return None
    user = reading.user
    with_password = user is not None and server.revoke_on_password_change
    config = tuple(sorted(config))
    return Vector(
        installation=reading.installation,
        server=reading.server.epoch,
        client=reading.client.epoch,
        user=user.epoch if user else None,
        config=config,
        paths=tuple(sorted(reading.paths)) if user else (),
        password=user.password_epoch if user and with_password else None,
        cutoffs=read_ids(reading.cutoffs, config),
    )


def standing_of(
    reading: Reading,
    server: ServerSnapshot,
    now: datetime,
    *,
    expires_at: datetime,
    issued_at: datetime,
    key_is_live: bool = True,
    revoked_by: str | None = None,
) -> Standing:
    """What a token's vector is compared with. `issued_at` is the token's own; what comes of a grant
    is as old as the grant."""
    row, owner, user = reading.server, reading.owner, reading.user
    return Standing(
        installation=reading.installation,
        server=row.epoch if row else None,
        client=owner.epoch if owner else None,
        expires_at=expires_at,
        is_server_active=bool(row and row.is_active),
        is_client_active=bool(owner and owner.is_active),
        user=user.epoch if user else None,
        user_status=user.status if user else None,
        password=user.password_epoch if user else None,
        live_config=_live_config(server, owner, now),
        live_paths=reading.paths,
        row_revoked_by=revoked_by,
        key_is_live=key_is_live,
        cutoffs=reading.cutoffs,
        issued_at=reading.grant.created if reading.grant else issued_at,
    )


def grant_fault(
    reading: Reading, server: ServerSnapshot, now: datetime, *, policies: bool = True
) -> Fault | None:
    """Whether the grant in `reading` still stands; at the exchange of a code its policies don't
    count (R11, R17)."""
    grant = reading.grant
    if grant is None:
        return standing_fault(None, None, now)
    vector = load_vector(grant.vector)
    if vector is not None and not policies:
        vector = rebase(vector, ())
    # Family deadlines are the rotation's business; the gate only needs one that isn't over.
    expires_at = earliest(datetime.max.replace(tzinfo=now.tzinfo), grant.expires_at)
    standing = standing_of(
        reading,
        server,
        now,
        expires_at=expires_at,
        issued_at=grant.created,
        revoked_by=grant.revoked_by or None if grant.revoked_at else None,
    )
    return standing_fault(vector, standing, now)


def _live_config(server: ServerSnapshot, owner: ClientRow | None, now: datetime) -> frozenset[int]:
    """The configuration's live epochs: a configuration token stands on a token policy and
    nothing else (R19)."""
    if not server.is_organization:
        return server.epochs_at(now)
    epoch = owner.token_policy if owner else None
    return frozenset() if epoch is None else frozenset({epoch})
