"""Who takes part in a request: server, client with its address, and who is at the browser."""

from dataclasses import dataclass
from datetime import datetime

from apps.oauth import runtime
from apps.oauth.authorize.parse import AuthorizationRequest
from apps.oauth.endpoint import Attempt, server_of
from apps.systemlog.entries import Actor
from apps.tokens.log import Call
from apps.tokens.store import NOTHING, Lookup, Reading, Store
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.errors import invalid_request
from authzsite.domain.limits import MAX_STATE_LENGTH
from authzsite.domain.redirects import matches
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.vocabulary import (
    AUTHORIZATION_CODE,
    OPENID,
    REASON_ILLEGAL_REDIRECT_URI,
    REASON_INVALID_CLIENT_ID,
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser, and who is signed in there. `user_id` is empty for nobody."""

    browser: str
    user_id: str = ""
    login: str = ""
    display_name: str = ""
    session_id: str = ""
    session_key: str = ""  # as the database has it: a digest
    auth_time: datetime | None = None
    amr: str = ""

    @property
    def lookup(self) -> Lookup:
        """What the request's one SELECT must find."""
        return Lookup(user=self.user_id, profile=True) if self.user_id else NOTHING


@dataclass(frozen=True, slots=True)
class Back:
    """Where answers go once the address has been proved to be the client's."""

    redirect_uri: str
    mode: str
    state: str
    issuer: str


@dataclass(slots=True)
class Progress(Attempt):
    """How far a request got: what the log may say of it, and where its errors may be sent."""

    back: Back | None = None


@dataclass(frozen=True, slots=True)
class Parties:
    """The proved participants, and what the one SELECT said of them."""

    server: ServerSnapshot
    client: ClientSnapshot
    redirect_uri: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class UserCall(Call):
    """A request whose actor is the person at the browser."""

    @property
    def actor(self) -> Actor:
        return Actor(self.user_id, "User", self.user_name, self.user_name)


async def identify(
    store: Store,
    request: AuthorizationRequest,
    visitor: Visitor,
    now: datetime,
    progress: Progress,
) -> Parties:
    """Server, client, redirect URI, in this order: what is wrong with one of them is shown on our
    own page and sent nowhere (RFC 6749 §4.1.2.1, rows 72-81)."""
    client_id = request.form.get("client_id")
    reading = await store.read(request.server_id, client_id, visitor.lookup, now)
    progress.server = server = server_of(reading)
    progress.client = client = _client(request, reading)
    uri = _redirect_uri(request, client)
    state = request.form.get("state")
    progress.back = Back(uri, request.mode, _echo(state), server.issuer)
    if reading.user is not None:
        progress.call = _call(request, server, client, visitor)
    return Parties(server, client, uri, reading)


def _client(request: AuthorizationRequest, reading: Reading) -> ClientSnapshot:
    """One answer for missing, unknown and deactivated clients (G6); a name has to be given once."""
    text = "The application that sent you here is not known."
    if reading.client is None or "client_id" in request.form.repeated:
        raise invalid_request(text, REASON_INVALID_CLIENT_ID)
    client = runtime.client_snapshot(reading.client)
    if not client.is_active:
        raise invalid_request(text, REASON_INVALID_CLIENT_ID)
    return client


def _redirect_uri(request: AuthorizationRequest, client: ClientSnapshot) -> str:
    """The address of the answer; it may be left out where there is only one (row 73)."""
    uri = request.form.get("redirect_uri")
    if "redirect_uri" not in request.form.repeated:
        if uri and matches(client.redirect_uris, uri, is_native=client.is_native):
            return uri
        if not uri and len(client.redirect_uris) == 1 and not _asks_openid(request):
            return client.redirect_uris[0]
    text = "The address that the application wants you to return to is not registered."
    raise invalid_request(text, REASON_ILLEGAL_REDIRECT_URI)


def _asks_openid(request: AuthorizationRequest) -> bool:
    return OPENID in request.form.get("scope").split(" ")


def _echo(state: str) -> str:
    """A state that is refused for its length isn't echoed into a URL either."""
    return state if len(state) <= MAX_STATE_LENGTH else ""


def _call(
    request: AuthorizationRequest, server: ServerSnapshot, client: ClientSnapshot, visitor: Visitor
) -> UserCall:
    scope = request.form.get("scope").split()
    return UserCall(
        server,
        client,
        grant_type=AUTHORIZATION_CODE,
        requested=tuple(scope) or None,
        user_id=visitor.user_id,
        user_name=visitor.login,
    )
