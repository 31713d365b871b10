"""Headers of HTTP that administrators write, for receivers that ask for them (RFC 9110 §5)."""

import re
from typing import Final

from authzsite.domain import limits
from authzsite.domain.validation.errors import Invalid, check_length

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 §5.6.2
_OURS: Final = re.compile(
    r"(?i)webhook-.*|content-.*|proxy-.*|host|connection|cookie|transfer-encoding|te|trailer"
    r"|upgrade|expect|accept-encoding|user-agent|keep-alive"
)


def validate_header_name(name: str, *, field: str) -> list[Invalid]:
    """A name, and none that we set ourselves."""
    if problems := check_length(name, limits.HOOK_HEADER_LENGTH, field):
        return problems
    if not _TOKEN.fullmatch(name):
        return [Invalid(field, "must be the name of a header")]
    if _OURS.fullmatch(name):
        return [Invalid(field, "must not be a header that we set ourselves")]
    return []


def validate_header_value(value: str, *, field: str) -> list[Invalid]:
    """Printable ASCII, nothing that could become another header."""
    if problems := check_length(value, limits.HOOK_HEADER_VALUE_LENGTH, field):
        return problems
    if not (value.isascii() and value.isprintable()) or value != value.strip():
        return [Invalid(field, "must be printable ASCII without spaces at its ends")]
    return []
