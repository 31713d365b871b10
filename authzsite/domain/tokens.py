"""Texts of tokens and secrets, and the digests under which they are stored.

A text is prefix + body + check: the prefix names the kind (secret scanners find it), the body has
256 random bits as 43 base64url characters, the check is the CRC-32 of everything before it as 6
base64url characters, so a typo fails without a look-up. Only whole texts are ever compared.

A refresh token also carries its grant's id (20 characters) and a tag, a truncated HMAC under the
grant's own key. The tag tells an older generation of the family (a replay) from garbage, however
many generations ago, with two digests stored.
"""

import hashlib
import hmac
import re
import secrets
from binascii import b2a_base64
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal
from zlib import crc32

RANDOM_BYTES: Final = 32  # 256 bits: guessing is infeasible, so a fast digest is enough
TAG_BYTES: Final = 8  # 64 bits, guessed online only, and a hit merely ends one family
GRANT_ID_LENGTH: Final = 20


class Kind(StrEnum):
    """Kinds of texts; each is stored and looked up in a namespace of its own."""

    CODE = "code"
    ACCESS = "access"
    REFRESH = "refresh"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    DEVICE = "device"
    REQUEST = "request"  # the handle in a pushed request's `request_uri`
    API = "api"  # API tokens of administrators


SimpleKind = Literal[Kind.CODE, Kind.ACCESS, Kind.SECRET, Kind.DEVICE, Kind.REQUEST, Kind.API]

PREFIXES: Final[dict[Kind, str]] = {
    Kind.CODE: "azac_",
    Kind.ACCESS: "azat_",
    Kind.REFRESH: "azrt_",
    Kind.SECRET: "azcs_",
    Kind.DEVICE: "azdc_",
    Kind.REQUEST: "azpr_",
    Kind.API: "azap_",
}

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_BODY: Final = "[A-Za-z0-9_-]{43}"
_CHECK: Final = "[A-Za-z0-9_-]{6}"
_SIMPLE: Final = re.compile(f"{_BODY}{_CHECK}")
_REFRESH: Final = re.compile(
    rf"azrt_(?P<grant_id>[A-Za-z0-9]{{20}})(?P<random>{_BODY})(?P<tag>[A-Za-z0-9_-]{{11}}){_CHECK}"
)
_OURS: Final = re.compile(f"({'|'.join(PREFIXES.values())})[A-Za-z0-9_-]{{8}}")
_JWT: Final = re.compile(r"(?<![\w-])ey[\w-]{6,}\.[\w-]{8,}\.[\w-]*")
_RANDOM: Final = re.compile(
    r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{32,}", re.ASCII
)


@dataclass(frozen=True, slots=True)
class RefreshText:
    """The parts of a well-formed refresh token; nothing is proven about them yet."""

    grant_id: str
    random: str
    tag: str


def base64url(raw: bytes) -> str:
    """base64url without padding (RFC 7515 §2)."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def _checked(text: str) -> str:
    return text + base64url(crc32(text.encode("ascii")).to_bytes(4, "big"))


def mint(kind: SimpleKind, random: bytes | None = None) -> str:
    """A new text of a kind; `random` (32 bytes) is injected by tests only."""
    return _checked(PREFIXES[kind] + base64url(random or secrets.token_bytes(RANDOM_BYTES)))


def mint_refresh(grant_id: str, family_key: bytes, random: bytes | None = None) -> str:
    """A new refresh token of a grant, tagged with the grant's key."""
    body = base64url(random or secrets.token_bytes(RANDOM_BYTES))
    return _checked(PREFIXES[Kind.REFRESH] + grant_id + body + _tag(grant_id, body, family_key))


def new_family_key() -> bytes:
    """The secret key of a new grant's refresh tokens."""
    return secrets.token_bytes(RANDOM_BYTES)


def looks_like(kind: Kind, text: str) -> bool:
    """Well-formed text of this kind with a right check? No look-up, no secret involved."""
    if kind is Kind.REFRESH:
        return parse_refresh(text) is not None
    prefix = PREFIXES[kind]
    return (
        text.startswith(prefix)
        and _SIMPLE.fullmatch(text, len(prefix)) is not None
        and _checked(text[:-6]) == text
    )


def kind_of(text: str) -> Kind | None:
    """The kind that a well-formed text belongs to."""
    return next((kind for kind in Kind if looks_like(kind, text)), None)


def seems_secret(text: str) -> bool:
    """Whether it holds a text of ours of any kind, a JWT, or letters as random as others' keys are:
    such words are neither searched for nor kept (row 295)."""
    return any(shape.search(text) for shape in (_OURS, _JWT, _RANDOM))


def parse_refresh(text: str) -> RefreshText | None:
    """The parts of a well-formed refresh token; None for anything else."""
    match = _REFRESH.fullmatch(text)
    if match is None or _checked(text[:-6]) != text:
        return None
    return RefreshText(match["grant_id"], match["random"], match["tag"])


def is_genuine(text: str, family_key: bytes) -> bool:
    """Was this refresh token, of whatever generation, minted by the grant that owns the key?"""
    parts = parse_refresh(text)
    return parts is not None and is_tagged(parts, family_key)


def is_tagged(parts: RefreshText, family_key: bytes) -> bool:
    """The same, of a text that is parsed."""
    return bool(family_key) and same(parts.tag, _tag(parts.grant_id, parts.random, family_key))


def digest(kind: str, text: str) -> str:
    """Hexadecimal SHA-256(kind ‖ 0x00 ‖ text): what the database knows of a token.

    `kind` is a `Kind` or another namespace without NUL ("jti", "assertion:<client id>").
    """
    raw = text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(kind.encode("utf-8", "surrogatepass") + b"\0" + raw).hexdigest()


def same(left: str, right: str) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(
        left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass")
    )


def _tag(grant_id: str, random: str, family_key: bytes) -> str:
    mac = hmac.digest(family_key, (grant_id + random).encode("ascii"), "sha256")
    return base64url(mac[:TAG_BYTES])
