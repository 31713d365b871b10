"""Forms as `multipart/form-data`, for the one endpoint that takes them (row 6).

They are turned into the other encoding and read by the same parser, so that every rule about
duplicates, lengths, controls and encodings holds for both.
"""

import re
from typing import Final
from urllib.parse import quote_from_bytes

from authzsite.domain.errors import OAuthError, invalid_request
from authzsite.domain.forms import FORM_TYPE, Form, parse_form
from authzsite.domain.limits import MAX_FORM_FIELDS

MULTIPART: Final = "multipart/form-data"
# RFC 2046 §5.1.1, without the space.
_BOUNDARY: Final = re.compile(r"""\s*boundary=("?)([0-9A-Za-z'()+_,./:=?-]{1,70})\1\s*""")
_DISPOSITION: Final = re.compile(rb'form-data;[ \t]*name="([^"\r\n]*)"', re.IGNORECASE)
_CHARSETS: Final = re.compile(rb"utf-?(16|32|7)", re.IGNORECASE)
_IDENTITY: Final = frozenset({b"7bit", b"8bit", b"binary"})


def parse_any_form(body: bytes, *, content_type: str, query: bytes = b"") -> Form:
    """The form in either encoding. Raises OAuthError."""
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != MULTIPART:
        return parse_form(body, content_type=content_type, query=query)
    boundary = _BOUNDARY.fullmatch(parameters)
    if boundary is None:
        raise _malformed()
    pairs = [_pair(part) for part in _parts(body, boundary[2].encode())]
    return parse_form(b"&".join(pairs), content_type=FORM_TYPE, query=query)


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    """The parts between the delimiters; the last one must be there (RFC 2046 §5.1.1)."""
    first, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if first or not parts or parts.pop() not in {b"--", b"--\r\n"}:
        raise _malformed()
    if len(parts) > MAX_FORM_FIELDS:
        raise invalid_request("The request has too many parameters.", "too_many_parameters")
    return parts


def _pair(part: bytes) -> bytes:
    headers, blank, value = part.partition(b"\r\n\r\n")
    if not part.startswith(b"\r\n") or not blank:
        raise _malformed()
    name = _name(headers.removeprefix(b"\r\n").split(b"\r\n"))
    return f"{quote_from_bytes(name, safe='')}={quote_from_bytes(value, safe='')}".encode()


def _name(lines: list[bytes]) -> bytes:
    """The name of a part; files and encoded parts are refused."""
    headers: dict[bytes, bytes] = {}
    for line in lines:
        key, colon, value = line.partition(b":")
        if not colon or key.lower() in headers:
            raise _malformed()
        headers[key.lower()] = value.strip()
    disposition = _DISPOSITION.fullmatch(headers.get(b"content-disposition", b""))
    encoding = headers.get(b"content-transfer-encoding", b"binary").lower()
    if disposition is None or encoding not in _IDENTITY:
        raise _malformed()
    if _CHARSETS.search(headers.get(b"content-type", b"")):
        raise invalid_request("The request body must be UTF-8.", "unsupported_charset")
    return disposition[1]


def _malformed() -> OAuthError:
    return invalid_request("The multipart body is malformed.", "malformed_multipart")
