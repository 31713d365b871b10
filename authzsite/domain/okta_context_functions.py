"""Okta's functions that read the request: the user's groups and the time.

Groups come as `{id: name}`, the time as an aware datetime; nothing here looks at a clock.
Names are compared with their case, like Okta's expressions and unlike its group filters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from authzsite.domain import limits
from authzsite.domain.expression_tokens import ExpressionError
from authzsite.domain.group_filters import compile_regex
from authzsite.domain.okta_functions import to_int, to_list, to_text

_UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOWS_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an expression may know beside attributes."""

    groups: Mapping[str, str]
    now: datetime | None


ContextFunction = Callable[..., Any]


def iso_8601(moment: datetime) -> str:
    """`2015-07-31T17:18:37.979Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _any_name(test: Callable[[str, str], bool]) -> ContextFunction:
    return lambda s, text: any(test(name, to_text(text)) for name in s.groups.values())


def _names(test: Callable[[str, str], bool]) -> ContextFunction:
    """The groups whose names pass, sorted; null when there are none, as Okta answers."""

    def select(s: Surroundings, app: Any, text: Any, limit: Any) -> list[str] | None:
        most, wanted = _limit(limit), to_text(text)
        names = s.groups.values() if to_text(app) == "OKTA" else ()
        return sorted({name for name in names if test(name, wanted)})[:most] or None

    return select


def filtered_groups(s: Surroundings, ids: Any, what: Any, limit: Any) -> list[str] | None:
    """`getFilteredGroups({"00g…"}, "group.name", 40)`: an allow list by id."""
    most, member = _limit(limit), to_text(what)
    if member not in {"group.name", "group.id"}:
        raise ExpressionError("getFilteredGroups answers 'group.name' or 'group.id'")
    wanted = [str(i) for i in to_list(ids) if i in s.groups]
    return [s.groups[i] if member == "group.name" else i for i in wanted][:most] or None


def is_member_by_regex(s: Surroundings, pattern: Any) -> bool:
    matcher = compile_regex(to_text(pattern)[: limits.MAX_FILTER_LENGTH + 1])
    if matcher is None or len(to_text(pattern)) > limits.MAX_FILTER_LENGTH:
        raise ExpressionError("not a regular expression without look-around")
    return any(map(matcher, s.groups.values()))


def time_now(s: Surroundings) -> str:
    if s.now is None:
        raise ExpressionError("the time isn't known here")
    return iso_8601(s.now)


def from_unix(_: Surroundings, seconds: Any) -> str | None:
    return None if seconds is None else iso_8601(_moment(_UNIX_EPOCH, _number(seconds)))


def from_windows(_: Surroundings, ticks: Any) -> str | None:
    """Ticks of 100 ns since 1601."""
    return None if ticks is None else iso_8601(_moment(_WINDOWS_EPOCH, _number(ticks) / 10**7))


def to_unix(_: Surroundings, text: Any) -> str | None:
    return None if text is None else str((_read(text) - _UNIX_EPOCH) // timedelta(seconds=1))


def to_windows(_: Surroundings, text: Any) -> str | None:
    if text is None:
        return None
    return str((_read(text) - _WINDOWS_EPOCH) // timedelta(microseconds=1) * 10)


def _limit(limit: Any) -> int:
    if not 1 <= to_int(limit) <= limits.MAX_GROUPS_IN_CLAIM:
        raise ExpressionError(f"limit must be 1 to {limits.MAX_GROUPS_IN_CLAIM}")
    return to_int(limit)


def _number(value: Any) -> int:
    text = to_text(value).strip()
    if not (text.isascii() and text.lstrip("-").isdigit() and len(text) <= 20):
        raise ExpressionError(f"{text[:40]!r} is not a timestamp")
    return int(text) if text.count("-") < 2 else 0


def _moment(epoch: datetime, seconds: float) -> datetime:
    try:
        return epoch + timedelta(seconds=seconds)
    except OverflowError:
        raise ExpressionError("timestamp out of range") from None


def _read(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(to_text(text)[:64])
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ExpressionError(f"{to_text(text)[:40]!r} is not an ISO 8601 time") from None


CONTEXT_FUNCTIONS: Final[dict[str, tuple[ContextFunction, int, int | None]]] = {
    "isMemberOfGroup": (lambda s, group: group in s.groups, 1, 1),
    "isMemberOfAnyGroup": (lambda s, *ids: any(i in s.groups for i in ids), 1, None),
    "isMemberOfGroupName": (_any_name(str.__eq__), 1, 1),
    "isMemberOfGroupNameStartsWith": (_any_name(str.startswith), 1, 1),
    "isMemberOfGroupNameContains": (_any_name(str.__contains__), 1, 1),
    "isMemberOfGroupNameRegex": (is_member_by_regex, 1, 1),
    "Groups.startsWith": (_names(str.startswith), 3, 3),
    "Groups.endsWith": (_names(str.endswith), 3, 3),
    "Groups.contains": (_names(str.__contains__), 3, 3),
    "getFilteredGroups": (filtered_groups, 3, 3),
    "Time.now": (time_now, 0, 0),
    "Time.fromUnixToIso8601": (from_unix, 1, 1),
    "Time.fromWindowsToIso8601": (from_windows, 1, 1),
    "Time.fromIso8601ToUnix": (to_unix, 1, 1),
    "Time.fromIso8601ToWindows": (to_windows, 1, 1),
}
