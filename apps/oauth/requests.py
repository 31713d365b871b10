"""From Django's request to the frozen values that the steps read: parsed once, before any
database or log call."""

from dataclasses import dataclass

from django.http import HttpRequest

from apps.servers.seeds import ORGANIZATION_SERVER_ID
from authzsite.domain.errors import OAuthError
from authzsite.domain.forms import Form, parse_form
from authzsite.domain.limits import MAX_BODY_LENGTH
from authzsite.domain.scopes import ScopeSyntaxError, parse_scope
from authzsite.domain.tokens import kind_of
from authzsite.domain.vocabulary import INVALID_REQUEST, INVALID_SCOPE


@dataclass(frozen=True, slots=True)
class ProtocolRequest:
    """One request to a protocol endpoint. `url` is its own address, which an assertion may name
    as audience; `aliases` are further names of the server for the same purpose."""

    server_id: str
    form: Form
    authorization: str
    origin: str
    url: str
    aliases: frozenset[str] = frozenset()


def parse_request(request: HttpRequest, server_id: str, base_url: str) -> ProtocolRequest:
    """The request as one frozen value; raises OAuthError for anything malformed."""
    return ProtocolRequest(
        server_id=checked_server_id(server_id),
        form=parse_form(
            read_body(request),
            content_type=request.META.get("CONTENT_TYPE", ""),
            query=raw_query(request),
        ),
        authorization=request.META.get("HTTP_AUTHORIZATION", ""),
        origin=request.META.get("HTTP_ORIGIN", ""),
        url=base_url + request.path,
    )


def raw_query(request: HttpRequest) -> bytes:
    """The octets of the query; servers hand them out as Latin-1 (PEP 3333)."""
    return str(request.META.get("QUERY_STRING", "")).encode("latin-1", "replace")


def read_body(request: HttpRequest) -> bytes:
    """The raw body, refused by its announced length before it is read, and never inflated."""
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise OAuthError(
            INVALID_REQUEST,
            "Encoded bodies are not accepted.",
            reason="content_encoding",
            status=415,
        )
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or len(length) > 20 or int(length) > MAX_BODY_LENGTH:
        raise OAuthError(
            INVALID_REQUEST, "The request is too large.", reason="request_too_large", status=413
        )
    return request.body


def bearer_of(authorization: str) -> str:
    """The token of an Authorization header of scheme Bearer (RFC 6750 §2.1), else ""."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def checked_server_id(text: str) -> str:
    """A server id as it may stand in a statement; one with a control character names no server. The
    organisation's own server is addressed by the organisation and never by its id (R19)."""
    is_name = text.isprintable() and len(text) <= 64 and text != ORGANIZATION_SERVER_ID
    return text if is_name else ""


def requested_scopes(form: Form) -> tuple[str, ...] | None:
    """The scopes that the request names, None when it names none. Raises invalid_scope for
    malformed ones, and for a secret sent by mistake: names of scopes are logged (R24)."""
    text = form.get("scope")
    if not text.strip(" "):
        return None
    try:
        names = parse_scope(text)
    except ScopeSyntaxError:
        names = ()
    if not names or any(map(_is_credential, names)):
        raise OAuthError(INVALID_SCOPE, "The scope is malformed.", reason="malformed_scope")
    return names


def _is_credential(name: str) -> bool:
    """One of our tokens or secrets, or a JWT, where a scope should be."""
    if name.startswith("eyJ"):
        return name.count(".") == 2
    return name.startswith("az") and kind_of(name) is not None
