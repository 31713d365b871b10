"""What may be stored of an event hook."""

import re
from collections.abc import Sequence
from typing import Final

from apps.management.hooks.events import ELIGIBLE
from apps.management.hooks.models import EventHook
from apps.oauth.outbound import OutboundError, check_address
from authzsite.domain import limits
from authzsite.domain.validation import Invalid, validate_name
from authzsite.domain.validation.errors import check_length

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 §5.6.2
_OURS: Final = re.compile(
    r"(?i)webhook-.*|content-.*|proxy-.*|host|connection|cookie|transfer-encoding|te|trailer"
    r"|upgrade|expect|accept-encoding|user-agent|keep-alive"
)
WRONG_ADDRESS: Final = "must be an https address that can be reached from the public internet"


def hook_problems(hook: EventHook, types: Sequence[str]) -> list[Invalid]:
    """Everything wrong with the hook, by field, without looking anything up."""
    return [
        *validate_name(hook.name, limits.EVENT_HOOK_NAME_LENGTH),
        *_type_problems(types),
        *_header_problems(hook.auth_header),
    ]


def url_problems(url: str) -> list[Invalid]:
    """Whether we may post there (rows 250, 298). Resolves the host's name, so never call it in a
    transaction. Says nothing of why."""
    if problems := check_length(url, (1, limits.MAX_URI_LENGTH), "url"):
        return problems
    try:
        check_address(url)
    except OutboundError:
        return [Invalid("url", WRONG_ADDRESS)]
    return []


def auth_value_problems(value: str) -> list[Invalid]:
    """A header's value: printable ASCII, nothing that could become another header."""
    if problems := check_length(value, limits.HOOK_HEADER_VALUE_LENGTH, "auth_value"):
        return problems
    if not (value.isascii() and value.isprintable()) or value != value.strip():
        return [Invalid("auth_value", "must be printable ASCII without spaces at its ends")]
    return []


def _type_problems(types: Sequence[str]) -> list[Invalid]:
    if not types:
        return [Invalid("event_types", "must name at least one type")]
    unknown = sorted(set(types) - set(ELIGIBLE))
    return [Invalid("event_types", f"must not contain {unknown[0]}")] if unknown else []


def _header_problems(name: str) -> list[Invalid]:
    if not name:
        return []
    if problems := check_length(name, limits.HOOK_HEADER_LENGTH, "auth_header"):
        return problems
    if not _TOKEN.fullmatch(name):
        return [Invalid("auth_header", "must be the name of a header")]
    if _OURS.fullmatch(name):
        return [Invalid("auth_header", "must not be a header that we set ourselves")]
    return []
