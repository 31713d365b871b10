"""The steps of introspection and revocation: one read that finds caller and token together, one
judgement."""

from datetime import datetime
from typing import Any

from apps.oauth import runtime
from apps.oauth.authentication import authenticate, credentials_of
from apps.oauth.endpoint import Attempt, Session, open_session, unknown_server
from apps.oauth.requests import ProtocolRequest
from apps.tokens.introspect import Presentation, Verdict, judge, present
from apps.tokens.jwt import unverified_claims
from apps.tokens.revoke import revoke_token
from apps.tokens.store import Store
from authzsite.domain.errors import OAuthError, invalid_request
from authzsite.domain.jti import ID_PREFIX
from authzsite.domain.tokens import PREFIXES, Kind
from authzsite.domain.vocabulary import (
    ACCESS_TOKEN,
    BEARER,
    REASON_REQUEST_MISSING_TOKEN,
    UNSUPPORTED_TOKEN_TYPE,
)

INACTIVE: dict[str, Any] = {"active": False}
NEVER_REVOKED = (PREFIXES[Kind.CODE], PREFIXES[Kind.DEVICE])
INTROSPECT_EVENT = "app.oauth2.as.token.introspect"
REVOKE_EVENT = "app.oauth2.as.token.revoke"


async def answer_introspection(
    store: Store, request: ProtocolRequest, now: datetime, attempt: Attempt
) -> dict[str, Any]:
    """RFC 7662 §2.2. To anyone but the token's client and the server's resource servers, and for
    anything that isn't alive, the same `{"active": false}` (R4a)."""
    shown = present(_token(request))
    session = await _open(store, request, shown, now, attempt)
    if session is None:
        return INACTIVE
    verdict = judge(shown, session.reading, session.server, now)
    if verdict.fault is not None or not _may_see(session, verdict):
        return INACTIVE
    return _members(session, verdict)


async def answer_revocation(
    store: Store, request: ProtocolRequest, now: datetime, attempt: Attempt
) -> None:
    """RFC 7009 §2: nothing to say, whether there was a token or not."""
    shown = present(_token(request))
    session = await _open(store, request, shown, now, attempt)
    if _is_of_another_type(shown.text):
        raise OAuthError(UNSUPPORTED_TOKEN_TYPE, "This type of token can't be revoked here.")
    if session is not None:
        verdict = judge(shown, session.reading, session.server, now)
        await revoke_token(store, session.call, shown, session.reading, verdict, now)


def _is_of_another_type(text: str) -> bool:
    """A code, or an ID token by its own account (RFC 7009 §2.2.1): they end with their grant."""
    named = str(unverified_claims(text).get("jti", ""))
    return text.startswith(NEVER_REVOKED) or named.startswith(ID_PREFIX)


def _token(request: ProtocolRequest) -> str:
    token = request.form.get("token")
    if not token:
        raise invalid_request("The parameter token is missing.", REASON_REQUEST_MISSING_TOKEN)
    return token


async def _open(
    store: Store, request: ProtocolRequest, shown: Presentation, now: datetime, attempt: Attempt
) -> Session | None:
    """The authenticated session; None for an inactive server, whose tokens are all dead."""
    try:
        return await open_session(store, request, shown.lookup, now, attempt)
    except OAuthError as error:
        if error.status != 404:
            raise
        await _authenticate_on_inactive(store, request, shown, now)
        return None


async def _authenticate_on_inactive(
    store: Store, request: ProtocolRequest, shown: Presentation, now: datetime
) -> None:
    """An inactive server answers its clients like for dead tokens; an unknown one is a 404."""
    credentials = credentials_of(request)
    reading = await store.read(request.server_id, credentials.client_id, shown.lookup, now)
    if reading.server is None:
        raise unknown_server()
    client = runtime.client_snapshot(reading.client) if reading.client else None
    server = runtime.server_snapshot(reading.server)
    await authenticate(store, server, client, credentials, request, now)


def _may_see(session: Session, verdict: Verdict) -> bool:
    """R4a; a refresh token is nobody's but its client's (row 186)."""
    if session.client.id == verdict.client_id:
        return True
    return verdict.kind == ACCESS_TOKEN and session.client.id in session.server.resource_servers


def _members(session: Session, verdict: Verdict) -> dict[str, Any]:
    """The members of an active token (as Okta)."""
    reading = session.reading
    base: dict[str, Any] = {
        "active": True,
        "token_type": BEARER if verdict.kind == ACCESS_TOKEN else verdict.kind,
    }
    if verdict.scopes:
        base["scope"] = " ".join(verdict.scopes)
    if reading.user is not None:
        base["username"] = reading.user.login
    members = {
        name: value for name, value in verdict.claims.items() if name not in ("scope", "scp", "cid")
    }
    members.setdefault("client_id", _client_id_of(session, verdict))
    return {**base, **members}


def _client_id_of(session: Session, verdict: Verdict) -> str:
    """The wire name of the token's client."""
    owner = session.reading.owner
    if owner is None or owner.id == session.client.id:
        return session.client.client_id
    return runtime.client_snapshot(owner).client_id
