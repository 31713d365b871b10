"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): who asks, for whom, and whether the
person has to be asked first. Reads only; signing out is the view's."""

from dataclasses import dataclass
from datetime import datetime

from apps.oauth import runtime
from apps.oauth.endpoint import Attempt, server_of
from apps.oauth.requests import checked_server_id
from apps.tokens import jwt
from apps.tokens.log import Call
from apps.tokens.store import NOTHING, Store
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.errors import invalid_request
from authzsite.domain.forms import Form
from authzsite.domain.redirects import matches
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.vocabulary import REASON_ILLEGAL_LOGOUT_URI, REASON_INVALID_CLIENT_ID

EVENT = "app.oauth2.as.logout"


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A proved request: whom the hint names, and a registered address to go to, if any."""

    server: ServerSnapshot
    client: ClientSnapshot | None
    subject: str
    return_uri: str
    state: str

    @property
    def call(self) -> Call | None:
        """For the log, where a client is known."""
        return Call(self.server, self.client) if self.client else None


async def read_logout(
    store: Store, server_id: str, form: Form, now: datetime, attempt: Attempt
) -> LogoutRequest:
    """Check the hint, then whose it is, then the address. Raises OAuthError, for our page."""
    hint = form.get("id_token_hint")
    audience = str(jwt.unverified_claims(hint).get("aud", "")) if hint else ""
    reading = await store.read(
        checked_server_id(server_id), form.get("client_id") or audience, NOTHING, now
    )
    attempt.server = server = server_of(reading)
    attempt.client = client = runtime.client_snapshot(reading.client) if reading.client else None
    subject = _subject(hint, server)
    if form.get("client_id") and hint and audience != form.get("client_id"):
        raise invalid_request("The ID token is another application's.", REASON_INVALID_CLIENT_ID)
    uri = _return_uri(form.get("post_logout_redirect_uri"), client)
    return LogoutRequest(server, client, subject, uri, form.get("state"))


def _subject(hint: str, server: ServerSnapshot) -> str:
    """Whom the hint names, expired or not; "" without one. A forged one is an error (row 221)."""
    if not hint:
        return ""
    claims = jwt.verify(hint, server, typ=jwt.ID_TYPE)
    if claims is None or not isinstance(claims.get("sub"), str):
        raise invalid_request("The ID token is not one of this server.", "invalid_id_token_hint")
    return str(claims["sub"])


def _return_uri(uri: str, client: ClientSnapshot | None) -> str:
    """The address to go to afterwards: only one that the client has registered (row 223)."""
    if not uri:
        return ""
    registered = client.post_logout_redirect_uris if client and client.is_active else ()
    is_native = client is not None and client.is_native
    if not matches(registered, uri, is_native=is_native):
        text = "The address that the application wants you to return to is not registered."
        raise invalid_request(text, REASON_ILLEGAL_LOGOUT_URI)
    return uri
