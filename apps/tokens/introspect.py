"""Judge a presented token: which it is, what it stands on, and whether that still stands (RFC
7662).

Every place that accepts a token goes through `judge`; the gate itself is
`domain.revocation.standing_fault`.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from apps.tokens import jwt
from apps.tokens.standing import grant_fault, load_vector, standing_of
from apps.tokens.store import Lookup, Reading
from authzsite.domain.imported_tokens import grant_named_by, is_of_grant, refresh_digest
from authzsite.domain.jti import AccessJti, parse_jti
from authzsite.domain.lifetimes import earliest
from authzsite.domain.revocation import Cause, Fault, standing_fault
from authzsite.domain.rotation import Presented, RefreshCase, RefreshState, classify_refresh
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.tokens import Kind, digest, looks_like, parse_refresh
from authzsite.domain.vocabulary import ACCESS_TOKEN, REFRESH_TOKEN


@dataclass(frozen=True, slots=True)
class Presentation:
    """A presented text, classified without any look-up: what to find for it. An unverified JWT
    may name anything."""

    text: str
    kind: str = ""  # access_token, refresh_token, or "" for garbage
    lookup: Lookup = Lookup()
    jti: AccessJti | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a presented token is. `fault` None means alive; then `claims` are its members for
    introspection."""

    kind: str
    fault: Fault | None
    claims: dict[str, Any]
    client_id: str = ""  # row id of the client it was issued to
    grant_id: str = ""
    user_id: str = ""
    scopes: tuple[str, ...] = ()
    jti_digest: str = ""
    expires_at: datetime | None = None


UNKNOWN = Verdict("", Fault(Cause.MISSING), {})


def present(text: str, *, profile: bool = False) -> Presentation:
    """Classify a text by its own shape; hints are ignored, since shapes never overlap (RFC 7662
    §2.1)."""
    if looks_like(Kind.ACCESS, text):
        return Presentation(
            text, ACCESS_TOKEN, Lookup(access=digest(Kind.ACCESS, text), profile=profile)
        )
    if parse_refresh(text) is None:
        shown = _present_jwt(text, profile)
        if shown.jti is not None or shown.kind:
            return shown
    grant_id = grant_named_by(text)
    if grant_id is None:
        return Presentation(text)
    return Presentation(text, REFRESH_TOKEN, Lookup(grant=grant_id, profile=profile))


def _present_jwt(text: str, profile: bool) -> Presentation:
    claims = jwt.unverified_claims(text)
    jti = parse_jti(claims.get("jti"))
    if jti is None:
        return Presentation(text)
    print_ = digest("jti", claims["jti"])
    if jti.grant_id is not None:
        return Presentation(
            text, ACCESS_TOKEN, Lookup(grant=jti.grant_id, jti=print_, profile=profile), jti
        )
    owner = claims.get("cid")
    if not isinstance(owner, str) or not owner.isprintable():
        return Presentation(text)
    return Presentation(text, ACCESS_TOKEN, Lookup(owner=owner, jti=print_), jti)


def judge(shown: Presentation, reading: Reading, server: ServerSnapshot, now: datetime) -> Verdict:
    """The verdict over a presented token on this server, from what the one SELECT found for it."""
    if shown.kind == REFRESH_TOKEN:
        return _judge_refresh(shown, reading, server, now)
    if shown.jti is not None:
        return _judge_jwt(shown, reading, server, now)
    if reading.token is not None:
        return _judge_opaque(reading, server, now)
    return UNKNOWN


def _judge_opaque(reading: Reading, server: ServerSnapshot, now: datetime) -> Verdict:
    token = reading.token
    if token is None or token.server_id != server.id:
        return UNKNOWN
    standing = standing_of(
        reading,
        server,
        now,
        expires_at=token.expires_at,
        issued_at=token.issued_at,
        revoked_by=token.revoked_by if token.revoked_at else None,
    )
    fault = standing_fault(load_vector(token.vector), standing, now)
    if fault is None and token.grant_id:
        fault = grant_fault(reading, server, now)
    return Verdict(
        kind=ACCESS_TOKEN,
        fault=fault,
        claims=json.loads(token.claims),
        client_id=token.client_id,
        grant_id=token.grant_id,
        user_id=token.user_id,
        scopes=tuple(token.scopes.split()),
        expires_at=token.expires_at,
    )


def _judge_jwt(
    shown: Presentation, reading: Reading, server: ServerSnapshot, now: datetime
) -> Verdict:
    claims = jwt.verify(shown.text, server, typ=jwt.ACCESS_TYPE)
    if claims is None or shown.jti is None:
        return UNKNOWN
    # A token inline hook may have named another audience; signature and type say whose it is.
    if claims.get("aud") != server.audience and not server.book.hooks:
        return UNKNOWN
    expires_at = _moment(claims["exp"])
    revoked = reading.jti_revoked_by
    if shown.jti.vector is not None:
        standing = standing_of(
            reading,
            server,
            now,
            expires_at=expires_at,
            issued_at=_moment(claims["iat"]),
            revoked_by=revoked,
        )
        fault = standing_fault(shown.jti.vector, standing, now)
        owner = reading.owner.id if reading.owner else ""
        return _jwt_verdict(shown, claims, fault, owner, "", expires_at)
    grant = reading.grant
    if grant is None or grant.server_id != server.id:
        return UNKNOWN
    fault = grant_fault(reading, server, now)
    if fault is None and revoked:
        fault = Fault(Cause.REVOKED, revoked)
    if fault is None and expires_at <= now:
        fault = Fault(Cause.EXPIRED)
    return _jwt_verdict(shown, claims, fault, grant.client_id, grant.user_id, expires_at)


def _jwt_verdict(
    shown: Presentation,
    claims: dict[str, Any],
    fault: Fault | None,
    client_id: str,
    user_id: str,
    expires_at: datetime,
) -> Verdict:
    return Verdict(
        kind=ACCESS_TOKEN,
        fault=fault,
        claims=claims,
        client_id=client_id,
        grant_id=(shown.jti.grant_id or "") if shown.jti else "",
        user_id=user_id,
        scopes=tuple(claims.get("scp") or ()),
        jti_digest=shown.lookup.jti,
        expires_at=expires_at,
    )


def _judge_refresh(
    shown: Presentation, reading: Reading, server: ServerSnapshot, now: datetime
) -> Verdict:
    """Alive if it is the family's current token; a superseded one is not, whatever its leeway."""
    grant = reading.grant
    if (
        grant is None
        or grant.server_id != server.id
        or not grant.refresh_digest
        or grant.idle_expires_at is None
    ):
        return UNKNOWN
    genuine = is_of_grant(shown.text, grant.id, bytes.fromhex(grant.family_key))
    if not genuine:
        return UNKNOWN
    state = RefreshState(
        grant.client_id,
        grant.refresh_digest,
        grant.idle_expires_at,
        absolute_expires_at=grant.expires_at,
    )
    presented = Presented(refresh_digest(shown.text), grant.client_id, genuine)
    outcome = classify_refresh(state, presented, now)
    fault = grant_fault(reading, server, now)
    if fault is None and outcome.case is not RefreshCase.FRESH:
        fault = Fault(Cause.EXPIRED if outcome.case in _TIME else Cause.REVOKED, outcome.reason)
    expires_at = earliest(grant.idle_expires_at, grant.expires_at)
    return Verdict(
        kind=REFRESH_TOKEN,
        fault=fault,
        claims={
            "exp": int(expires_at.timestamp()),
            "sub": grant.user_id,
            "scope": grant.scopes,
            "uid": grant.user_id,
        },
        client_id=grant.client_id,
        grant_id=grant.id,
        user_id=grant.user_id,
        scopes=tuple(grant.scopes.split()),
        expires_at=expires_at,
    )


_TIME = frozenset({RefreshCase.EXPIRED, RefreshCase.IDLE})


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.min.replace(tzinfo=UTC)
