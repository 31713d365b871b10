"""Reading a URI strictly: RFC 3986 characters only, one spelling, no guessing.

A URI that two parsers could read differently is refused here, so that what is registered means
the same to us, to `urllib` and to a browser.
"""

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import unquote_to_bytes

from authzsite.domain import limits

DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "[::1]", "localhost"})

_CHARACTERS: Final = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
_URI: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):"
    r"(?:(?P<slashes>//)(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?"
)
_AUTHORITY: Final = re.compile(
    r"(?:(?P<userinfo>.*)@)?(?P<host>\[[^\]@]*\]|[^:@\[\]]*)(?::(?P<port>.*))?"
)
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMERIC_LABEL: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNRESERVED_ESCAPE: Final = re.compile(r"%(?:2[DE]|5F|7E|3[0-9]|[46][1-9A-F]|[57][0-9A])", re.I)
_CJK: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"})


@dataclass(frozen=True, slots=True)
class Uri:
    """The components of a URI as written; None where the delimiter is absent (RFC 3986 §3)."""

    scheme: str
    authority: str | None
    userinfo: str | None
    host: str
    port: str | None
    path: str
    query: str | None
    fragment: str | None


def parse_uri(text: str) -> Uri | None:
    """The components, or None when the text isn't an absolute URI in ASCII.

    Cost is linear and nothing is decoded; a text over `MAX_URI_LENGTH` is None (row 86).
    """
    if len(text) > limits.MAX_URI_LENGTH or not _CHARACTERS.fullmatch(text):
        return None
    found = _URI.fullmatch(text)
    if found is None:
        return None
    authority = _AUTHORITY.fullmatch(found["authority"]) if found["slashes"] else None
    if found["slashes"] and authority is None:
        return None
    return Uri(
        scheme=found["scheme"],
        authority=found["authority"],
        userinfo=authority["userinfo"] if authority else None,
        host=authority["host"] or "" if authority else "",
        port=authority["port"] if authority else None,
        path=found["path"],
        query=found["query"],
        fragment=found["fragment"],
    )


def is_port(text: str) -> bool:
    """Whether `text` is a port 1-65535 in its one spelling: ASCII digits, no leading zero."""
    return _PORT.fullmatch(text) is not None and int(text) <= 65535


def host_problem(host: str) -> str | None:
    """Why a host isn't in its one spelling, or None: lower case, A-labels, full addresses."""
    if host.startswith("["):
        return None if _is_ipv6(host[1:-1]) else "is not a complete IPv6 address"
    labels = host.split(".")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):  # WHATWG URL: such a host is read as IPv4
        return None if _is_ipv4(host) else "is not a complete IPv4 address"
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        return "is not a host name in lower case without a final dot"
    if any(map(_mixes_scripts, labels)):
        return "mixes scripts in one label"
    return None


def spelling_problem(uri: Uri) -> str | None:
    """Why the URI could be written in another, equal way (RFC 3986 §6.2.2), or None."""
    if uri.scheme != uri.scheme.lower():
        return "must have its scheme in lower case"
    if uri.port is not None and not is_port(uri.port):
        return "must have a port between 1 and 65535"
    if uri.port is not None and uri.port == DEFAULT_PORTS.get(uri.scheme):
        return "must not name the default port"
    if _UNRESERVED_ESCAPE.search(uri.path + (uri.query or "")):
        return "must not percent-encode characters that need no encoding"
    return _path_problem(uri.path)


def _path_problem(path: str) -> str | None:
    decoded = unquote_to_bytes(path)
    if any(octet < 0x20 or octet == 0x7F for octet in decoded):
        return "must not contain control characters"
    segments = decoded.replace(b"\\", b"/").split(b"/")
    if any(segment.split(b";")[0] in {b".", b".."} for segment in segments):
        return "must not contain dot segments"
    return None


def _is_ipv4(text: str) -> bool:
    try:
        return str(IPv4Address(text)) == text
    except AddressValueError:
        return False


def _is_ipv6(text: str) -> bool:
    try:
        return str(IPv6Address(text)) == text and "%" not in text
    except AddressValueError:
        return False


def _mixes_scripts(label: str) -> bool:
    """Whether an A-label hides letters of more than one script, or is no A-label (row 79)."""
    if not label.startswith("xn--"):
        return False
    try:
        letters = [c for c in label[4:].encode().decode("punycode") if c.isalpha()]
    except (UnicodeError, ValueError, OverflowError):
        return True
    scripts = {unicodedata.name(letter, "?").split(" ")[0] for letter in letters}
    return len(scripts) > 1 and not scripts <= _CJK
