"""What the endpoints that authenticate a client share: one read, the snapshots, the client, and
refusals.

Written once as `async def` over the Store, so that both edges run it.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from apps.oauth import runtime
from apps.oauth.authentication import authenticate, credentials_of, fault_error
from apps.oauth.denials import stranger_entry
from apps.oauth.requests import ProtocolRequest
from apps.servers.keys import KeyUnavailable
from apps.systemlog.entries import Entry
from apps.tokens.log import Call
from apps.tokens.store import Lookup, Reading, StorageError, Store, Unit
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.client_auth import ClientCredentials, check_client
from authzsite.domain.errors import OAuthError, temporarily_unavailable
from authzsite.domain.server import ServerSnapshot

T = TypeVar("T")
logger = logging.getLogger("authzsite.unavailable")


@dataclass(frozen=True, slots=True)
class Session:
    """One authenticated protocol request."""

    store: Store
    request: ProtocolRequest
    credentials: ClientCredentials
    server: ServerSnapshot
    client: ClientSnapshot
    reading: Reading
    call: Call
    now: datetime


@dataclass(slots=True)
class Attempt:
    """How far a request got: what the log may say of it when it is refused."""

    server: ServerSnapshot | None = None
    client: ClientSnapshot | None = None
    call: Call | None = None
    origins: frozenset[str] = frozenset()


async def open_session(
    store: Store,
    request: ProtocolRequest,
    lookup: Lookup,
    now: datetime,
    attempt: Attempt,
    *,
    grant_type: str = "",
    requested: tuple[str, ...] | None = None,
) -> Session:
    """Read once, compile what changed, authenticate the client. Raises OAuthError."""
    credentials = credentials_of(request)
    reading = await store.read(request.server_id, credentials.client_id, lookup, now)
    server, client = _parties(reading, attempt)
    client = await authenticate(store, server, client, credentials, request, now)
    user = reading.user  # of the presented code or token, whoever presents it
    attempt.call = call = Call(
        server,
        client,
        grant_type,
        credentials.method.value,
        requested,
        user_id=user.id if user else "",
        user_name=user.login if user else "",
    )
    return Session(store, request, credentials, server, client, reading, call, now)


async def reopen_session(session: Session, lookup: Lookup, attempt: Attempt) -> Session:
    """The session after a lost race: read again, so that what has changed counts.

    The credentials are proven already; an assertion, which counts once, is not asked for again.
    """
    reading = await session.store.read(
        session.request.server_id, session.credentials.client_id, lookup, session.now
    )
    server, client = _parties(reading, attempt)
    fault = check_client(client.facts if client else None, session.credentials)
    if fault is not None or client is None:
        raise fault_error(fault)
    attempt.call = call = replace(session.call, server=server, client=client)
    return replace(session, server=server, client=client, reading=reading, call=call)


def _parties(reading: Reading, attempt: Attempt) -> tuple[ServerSnapshot, ClientSnapshot | None]:
    """Server and client as the reading has them, noted for the log."""
    attempt.server = server = server_of(reading)
    client = runtime.client_snapshot(reading.client) if reading.client else None
    attempt.client, attempt.origins = client, client.allowed_origins if client else frozenset()
    return server, client


def server_of(reading: Reading) -> ServerSnapshot:
    """The ACTIVE server of the path; 404 for one that is unknown, inactive or not for this path."""
    if reading.server is None or not reading.server.is_active:
        raise unknown_server()
    return runtime.server_snapshot(reading.server)


def unknown_server() -> OAuthError:
    """The same answer for unknown and inactive servers (G6)."""
    text = "The authorization server does not exist."
    return OAuthError("invalid_request", text, reason="invalid_authorization_server", status=404)


async def guarded(
    store: Store, event_type: str, attempt: Attempt, now: datetime, work: Callable[[], Awaitable[T]]
) -> T | OAuthError:
    """The result of `work`, or the error it raised, recorded before the answer leaves (R24).
    Storage that fails is 503, never a guess (I8)."""
    try:
        return await work()
    except OAuthError as refused:
        error = refused
    except (StorageError, KeyUnavailable) as failure:
        return unavailable(failure)
    entry = refusal_entry(event_type, error, attempt)
    if entry is not None:
        try:
            await store.write(Unit(events=(entry,)), now)
        except StorageError as failure:
            return unavailable(failure)
    return error


def unavailable(failure: Exception) -> OAuthError:
    """503, with the kind of the failure in the stream: its text may quote a row."""
    cause = failure.__cause__ or failure
    state = getattr(cause.__cause__ or cause, "sqlstate", None)
    reason = f"{type(cause).__name__} {state or ''}".strip()
    logger.error("unavailable", extra={"reason": reason})
    return temporarily_unavailable(reason)


def refusal_entry(event_type: str, error: OAuthError, attempt: Attempt) -> Entry | None:
    """The event of a refusal; None when it belongs to the stream only."""
    if attempt.call is None:
        kind = (
            "app.oauth2.invalid_client_credentials"
            if error.code == "invalid_client"
            else event_type
        )
        return stranger_entry(kind, error, attempt.server, attempt.client)
    debug = {"error": error.code, "errorDescription": error.description, **error.detail}
    return attempt.call.entry(event_type, reason=error.reason, debug=debug)
