"""The tokens of one answer, built from frozen facts: nothing is read or written here, so a
preview and the real thing are the same function."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from apps.systemlog.compact import compact
from apps.tokens import jwt
from apps.tokens.standing import dump_vector
from apps.tokens.statements import ACCESS_TOKEN
from apps.tokens.store import Insert
from authzsite.domain import vocabulary as words
from authzsite.domain.claims import ClaimFailure, SubjectFacts, access_token_claims, id_token_claims
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.errors import OAuthError
from authzsite.domain.jti import build_id_jti, build_jti
from authzsite.domain.lifetimes import Lifetimes, access_expiry, seconds_left
from authzsite.domain.limits import ID_TOKEN_SECONDS
from authzsite.domain.revocation import Vector
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.tokens import Kind, digest, mint

TOKEN_VERSION: Final = 1
IDENTITY_PROVIDER: Final = "authzsite"


@dataclass(frozen=True, slots=True)
class Order:
    """What the tokens of one answer are made of. `grant_id` is empty for client_credentials."""

    server: ServerSnapshot
    client: ClientSnapshot
    subject: SubjectFacts
    scopes: tuple[str, ...]
    lifetimes: Lifetimes
    vector: Vector
    grant_id: str = ""
    user_id: str = ""
    absolute: datetime | None = None
    auth_time: datetime | None = None
    amr: str = ""
    nonce: str = ""
    session_id: str = ""


@dataclass(frozen=True, slots=True)
class Minted:
    """The members of the answer and the rows they need; `targets` names each token for the log."""

    answer: dict[str, Any]
    inserts: tuple[Insert, ...] = ()
    expires_at: datetime | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """The claims of the tokens of one answer, before anything is signed. `identity` is None where
    there is no ID token; its `at_hash` comes with the signature."""

    access: dict[str, Any]
    identity: dict[str, Any] | None
    expires_at: datetime


def mint_tokens(order: Order, now: datetime) -> Minted:
    """An access token and, where `openid` was granted, an ID token. Raises OAuthError when a
    claim fails."""
    return sign_draft(order, draft_tokens(order, now), now)


def draft_tokens(order: Order, now: datetime) -> Draft:
    """The claims. Raises OAuthError when one fails."""
    expires_at = access_expiry(order.lifetimes, now, order.absolute)
    jti = build_jti(order.grant_id or order.vector)
    access = _access_claims(order, jti, now, expires_at)
    has_identity = words.OPENID in order.scopes and order.user_id
    return Draft(access, _id_claims(order, now) if has_identity else None, expires_at)


def sign_draft(order: Order, draft: Draft, now: datetime) -> Minted:
    """The tokens with these claims."""
    text, inserts = _access_token(order, draft.access, now, draft.expires_at)
    answer: dict[str, Any] = {
        "token_type": words.BEARER,
        "expires_in": seconds_left(draft.expires_at, now),
        "access_token": text,
    }
    if order.scopes:
        answer["scope"] = " ".join(order.scopes)
    prints = {"access_token": digest("jti", draft.access["jti"])}
    if draft.identity is not None:
        key = order.server.keys.current
        identity = {**draft.identity, "at_hash": jwt.half_hash(text, key.alg)}
        answer["id_token"] = jwt.sign(identity, key, typ=jwt.ID_TYPE)
        prints["id_token"] = digest("jti", identity["jti"])
    return Minted(answer, inserts, draft.expires_at, prints, draft.access)


def is_jwt(order: Order) -> bool:
    """Whether this access token is a JWT: the token policy says so for configuration tokens,
    else the server."""
    policy = order.client.token_policy if order.server.is_organization else None
    return policy.use_access_jwt if policy is not None else order.server.issues_jwt


def _access_token(
    order: Order, claims: dict[str, Any], now: datetime, expires_at: datetime
) -> tuple[str, tuple[Insert, ...]]:
    if is_jwt(order):
        return jwt.sign(claims, order.server.keys.current, typ=jwt.ACCESS_TYPE), ()
    text = mint(Kind.ACCESS)
    row = {
        "digest": digest(Kind.ACCESS, text),
        "grant_id": order.grant_id,
        "server_id": order.server.id,
        "client_id": order.client.id,
        "user_id": order.user_id,
        "scopes": " ".join(order.scopes),
        "claims": compact(claims),
        "vector": dump_vector(order.vector),
        "issued_at": now,
        "expires_at": expires_at,
        "revoked_at": None,
        "revoked_by": "",
    }
    return text, (Insert(ACCESS_TOKEN, (row,)),)


def _access_claims(order: Order, jti: str, now: datetime, expires_at: datetime) -> dict[str, Any]:
    """RFC 9068 §2.2 with Okta's `ver`, `cid`, `uid` and `scp` beside (R1)."""
    extra = _checked(access_token_claims(order.server.claims, order.subject))
    claims: dict[str, Any] = {
        **extra,
        "ver": TOKEN_VERSION,
        "jti": jti,
        "iss": order.server.issuer,
        "aud": order.server.audience,
        "iat": int(now.timestamp()),
        "exp": int(expires_at.timestamp()),
        "cid": order.client.client_id,
        "client_id": order.client.client_id,
    }
    claims.setdefault("sub", order.user_id or order.client.client_id)
    if order.scopes:
        claims["scp"] = list(order.scopes)
        claims["scope"] = " ".join(order.scopes)
    if order.user_id:
        claims["uid"] = order.user_id
    if order.auth_time is not None:
        claims["auth_time"] = int(order.auth_time.timestamp())
    return claims


def _id_claims(order: Order, now: datetime) -> dict[str, Any]:
    """OIDC Core §2; one hour, always, and `sub` is the user's id (R12)."""
    extra = _checked(id_token_claims(order.server.claims, order.subject, with_access_token=True))
    claims: dict[str, Any] = {
        **extra,
        "sub": order.user_id,
        "ver": TOKEN_VERSION,
        "iss": order.server.issuer,
        "aud": order.client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=ID_TOKEN_SECONDS)).timestamp()),
        "jti": build_id_jti(),
        "amr": order.amr.split(),
        "idp": IDENTITY_PROVIDER,
    }
    if order.auth_time is not None:
        claims["auth_time"] = int(order.auth_time.timestamp())
    if order.nonce:
        claims["nonce"] = order.nonce
    if order.session_id:
        claims["sid"] = order.session_id
    return claims


def _checked(result: "dict[str, Any] | ClaimFailure") -> dict[str, Any]:
    """The claims, or the failure as the error that Okta answers."""
    if isinstance(result, ClaimFailure):
        raise claim_error(result)
    return dict(result)


def claim_error(failure: ClaimFailure) -> OAuthError:
    """400 `server_error` (as Okta): the log names the claim and the reason."""
    text = "A claim of this token could not be evaluated."
    return OAuthError(
        words.SERVER_ERROR,
        text,
        reason=failure.reason,
        detail={"claim": failure.claim, "problem": failure.detail},
    )
