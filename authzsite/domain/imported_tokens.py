"""Refresh tokens that another server has issued, imported as grants of ours.

Nothing is kept of them but a digest of a digest: the other server may have kept no more than the
SHA-256 of its tokens. A grant's id is derived from that, so the text that a client presents names
its grant, as our own texts do, and there is no second look-up. The first use turns it into one of
ours (R13); a later use of the old text is a replay and ends the family.
"""

import hashlib
import re
from typing import Final

from authzsite.domain.tokens import (
    GRANT_ID_LENGTH,
    Kind,
    digest,
    is_tagged,
    parse_refresh,
    same,
)

PREFIX: Final = "oar"
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_OURS: Final = re.compile(r"az[a-z]{2}_")
# What another server's generator makes: long enough that nobody guesses it, and no JWT.
_FOREIGN: Final = re.compile(r"[A-Za-z0-9_~+/=-]{20,1024}")


def checksum(text: str) -> str:
    """What the other server may have kept: hexadecimal SHA-256 of the token."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def imported_grant_id(token_checksum: str) -> str:
    """The id of the grant that an imported token becomes: 17 letters, about 100 bits."""
    number, letters = int(digest("imported grant", token_checksum), 16), []
    for _ in range(GRANT_ID_LENGTH - len(PREFIX)):
        number, at = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[at])
    return PREFIX + "".join(letters)


def imported_digest(token_checksum: str) -> str:
    """What the grant keeps of the token."""
    return digest("imported refresh", token_checksum)


def grant_named_by(text: str) -> str | None:
    """The id of the grant that a refresh token names, ours or imported; None for what is neither.
    Nothing is proven by it yet."""
    parts = parse_refresh(text)
    if parts is not None:
        return parts.grant_id
    if _OURS.match(text) or not _FOREIGN.fullmatch(text):
        return None
    return imported_grant_id(checksum(text))


def refresh_digest(text: str) -> str:
    """The digest under which a grant knows a refresh token, ours or imported."""
    if parse_refresh(text) is not None:
        return digest(Kind.REFRESH, text)
    return imported_digest(checksum(text))


def is_of_grant(text: str, grant_id: str, family_key: bytes) -> bool:
    """Was this text, of whatever generation, a refresh token of the grant? An imported one is if
    the grant's id comes from it."""
    parts = parse_refresh(text)
    if parts is not None:
        return is_tagged(parts, family_key)
    named = grant_named_by(text)
    return named is not None and same(named, grant_id)
