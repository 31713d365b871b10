"""Explicit revocation of one token by its own client (RFC 7009, R18).

A refresh token, of whatever generation, ends its family and so its access tokens; an access
token ends alone, and its refresh token lives on.
"""

from datetime import datetime

from apps.tokens.families import revoke_grant
from apps.tokens.introspect import Presentation, Verdict
from apps.tokens.log import Call, token_target
from apps.tokens.statements import ACCESS_TOKEN as ACCESS_TABLE
from apps.tokens.statements import REVOKED_TOKEN
from apps.tokens.store import Insert, Reading, Store, Unit, Update
from authzsite.domain.revocation import Cause
from authzsite.domain.tokens import digest
from authzsite.domain.vocabulary import ACCESS_TOKEN, REASON_MISMATCHED_CLIENT, REFRESH_TOKEN

EVENT = "app.oauth2.as.token.revoke"
BY_CLIENT = "client"


async def revoke_token(
    store: Store, call: Call, shown: Presentation, reading: Reading, verdict: Verdict, now: datetime
) -> None:
    """Revoke the presented token if it is the caller's; say nothing either way (RFC 7009 §2.2).
    Raises StorageError."""
    if verdict.kind == "" or verdict.fault is not None and verdict.fault.cause is Cause.MISSING:
        return
    if verdict.client_id != call.client.id:
        entry = call.entry(
            EVENT, reason=REASON_MISMATCHED_CLIENT, debug={"grantId": verdict.grant_id or None}
        )
        await store.write(Unit(events=(entry,)), now)
        return
    if verdict.kind == REFRESH_TOKEN:
        await _revoke_family(store, call, reading, now)
    else:
        await _revoke_access_token(store, call, shown, verdict, now)


async def _revoke_family(store: Store, call: Call, reading: Reading, now: datetime) -> None:
    grant = reading.grant
    if grant is None or grant.revoked_at is not None:
        return
    target = token_target("refresh_token", grant.id, subject=grant.user_id, scope=grant.scopes)
    await store.write(
        Unit(
            revoke_grant(grant.id, BY_CLIENT, now),
            events=(call.entry(EVENT, targets=(target,), debug={"grantId": grant.id}),),
        ),
        now,
    )


async def _revoke_access_token(
    store: Store, call: Call, shown: Presentation, verdict: Verdict, now: datetime
) -> None:
    """One event whoever was first: the unit is void for the others (I10)."""
    fingerprint = verdict.jti_digest or digest("jti", str(verdict.claims.get("jti", "")))
    event = call.entry(
        EVENT, targets=(token_target(ACCESS_TOKEN, fingerprint, scope=" ".join(verdict.scopes)),)
    )
    if verdict.jti_digest:
        row = {
            "jti_digest": verdict.jti_digest,
            "revoked_by": BY_CLIENT,
            "revoked_at": now,
            "expires_at": verdict.expires_at,
        }
        unit = Unit(inserts=(Insert(REVOKED_TOKEN, (row,), or_ignore=True),), events=(event,))
    else:
        where = {"digest": shown.lookup.access, "revoked_at": None}
        unit = Unit(
            Update(ACCESS_TABLE, where, {"revoked_at": now, "revoked_by": BY_CLIENT}),
            events=(event,),
        )
    await store.write(unit, now)
