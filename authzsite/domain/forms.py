"""Strict parsing of protocol requests: raw octets once, into an immutable form.

No duplicates, no second decoding, UTF-8 only, no NUL or other controls, bounded in every
direction (rows 1-32); an empty value is an absent one (RFC 6749 §3.1, §3.2).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

from authzsite.domain import limits
from authzsite.domain.errors import (
    OAuthError,
    invalid_client,
    invalid_grant,
    invalid_refresh_token,
    invalid_request,
)

FORM_TYPE: Final = "application/x-www-form-urlencoded"
SECRET_PARAMETERS: Final = frozenset(
    {
        "client_secret",
        "code",
        "refresh_token",
        "token",
        "password",
        "client_assertion",
        "code_verifier",
    }
)
LONG_PARAMETERS: Final = frozenset({"client_assertion", "token", "id_token_hint", "request"})
REPEATABLE: Final = frozenset({"resource", "audience"})
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_CHARSETS: Final = re.compile(r"utf-?(16|32|7)", re.IGNORECASE)
_BROKEN_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Form:
    """The parameters of one request; a missing or empty one reads as ""."""

    values: Mapping[str, str] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()

    def get(self, name: str) -> str:
        """The parameter's value, or "" when it is absent or empty."""
        return self.values.get(name, "")

    def __contains__(self, name: str) -> bool:
        return bool(self.values.get(name))


def parse_form(body: bytes, *, content_type: str, query: bytes = b"") -> Form:
    """The form of a POST (RFC 6749 §3.2). Raises invalid_request, or 413 when the body is too
    large."""
    if len(body) > limits.MAX_BODY_LENGTH:
        raise invalid_request("The request is too large.", "request_too_large", status=413)
    _require_form_type(content_type)
    form = parse_pairs(body)
    _refuse_secrets_in_query(form, query)
    return form


def parse_pairs(raw: bytes, *, tolerate: Collection[str] = ()) -> Form:
    """The pairs of a body or a query string. Duplicates raise unless named in `tolerate`, which
    collects them in `repeated` for a caller that must first find out where to send the error."""
    pairs = [pair for pair in raw.split(b"&") if pair]
    if len(pairs) > limits.MAX_FORM_FIELDS:
        raise invalid_request("The request has too many parameters.", "too_many_parameters")
    values: dict[str, str] = {}
    repeated: set[str] = set()
    for pair in pairs:
        name, value = _decode_pair(pair)
        if name in values and name not in REPEATABLE:
            repeated.add(name)
        values[name] = value
    if repeated - set(tolerate):
        raise invalid_request("A parameter is repeated.", "duplicate_oauth_params")
    return Form(values, frozenset(repeated))


def _require_form_type(content_type: str) -> None:
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != FORM_TYPE:
        raise invalid_request(f"The request body must be {FORM_TYPE}.", "unsupported_media_type")
    if _CHARSETS.search(parameters):
        raise invalid_request("The request body must be UTF-8.", "unsupported_charset")


def _refuse_secrets_in_query(form: Form, query: bytes) -> None:
    if not query:
        return
    in_query = parse_pairs(query, tolerate=form.values).values
    if SECRET_PARAMETERS & in_query.keys():
        raise invalid_request(
            "Credentials must not be sent in the URL.", "client_credentials_in_query"
        )
    if in_query.keys() & form.values.keys():
        raise invalid_request("A parameter is repeated.", "duplicate_oauth_params")


def _decode_pair(pair: bytes) -> tuple[str, str]:
    name, _, value = pair.partition(b"=")
    key = _decode(name, limit=256)
    longest = limits.MAX_ASSERTION_LENGTH if key in LONG_PARAMETERS else limits.MAX_PARAMETER_LENGTH
    return key, _decode(value, limit=longest, name=key)


def _decode(raw: bytes, *, limit: int, name: str = "") -> str:
    """Percent-decode once; strict UTF-8; controls only where the caller must answer for them."""
    is_escaped = b"%" in raw  # most aren't, and looking closer takes longer
    if len(raw) > 3 * limit or (is_escaped and _BROKEN_ESCAPE.search(raw)):
        raise invalid_request("A parameter is malformed or too long.", "malformed_parameter")
    octets = raw.replace(b"+", b" ")
    try:
        text = (unquote_to_bytes(octets) if is_escaped else octets).decode("utf-8")
    except UnicodeDecodeError:
        raise invalid_request("The request is not valid UTF-8.", "malformed_encoding") from None
    if len(text) > limit:
        raise invalid_request("A parameter is too long.", "parameter_too_long")
    if "\x00" in text or (name != "state" and _CONTROLS.search(text)):
        raise _control_error(name)
    return text


def _control_error(name: str) -> OAuthError:
    """The registered error of the parameter that held a control character."""
    if name == "scope":
        return OAuthError("invalid_scope", "The scope is malformed.", reason="malformed_scope")
    if name == "code":
        return invalid_grant("invalid_authorization_code")
    if name == "refresh_token":
        return invalid_refresh_token("invalid_refresh_token")
    if name == "client_id":
        return invalid_client("invalid_client_id")
    return invalid_request("A parameter contains a control character.", "malformed_parameter")
