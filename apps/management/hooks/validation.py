"""What may be stored of an event hook."""

from collections.abc import Sequence
from typing import Final

from apps.management.hooks.events import ELIGIBLE
from apps.management.hooks.models import EventHook
from apps.oauth.outbound import OutboundError, check_address
from authzsite.domain import limits
from authzsite.domain.validation import Invalid, validate_name
from authzsite.domain.validation.errors import check_length
from authzsite.domain.validation.headers import validate_header_name, validate_header_value

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
    """A header's value."""
    return validate_header_value(value, field="auth_value")


def _type_problems(types: Sequence[str]) -> list[Invalid]:
    if not types:
        return [Invalid("event_types", "must name at least one type")]
    unknown = sorted(set(types) - set(ELIGIBLE))
    return [Invalid("event_types", f"must not contain {unknown[0]}")] if unknown else []


def _header_problems(name: str) -> list[Invalid]:
    return validate_header_name(name, field="auth_header") if name else []
