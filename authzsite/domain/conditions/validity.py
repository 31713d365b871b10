"""Condition: the rule is in force in a window of time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from authzsite.domain.access_request import AccessRequest
from authzsite.domain.conditions.base import instant_field, is_aware, read_instant, unknown_keys
from authzsite.domain.fragments import INSTANT, Fragment, plain, words


@dataclass(frozen=True, slots=True)
class Validity:
    """Matches from `valid_from` on and before `valid_until` (half-open); a bound that is None is no
    bound.
    """

    name: ClassVar[str] = "validity"
    label: ClassVar[str] = "Valid"
    needs: ClassVar[tuple[str, ...]] = ("now",)

    valid_from: datetime | None = instant_field(
        label="Valid from", help="Matches at this instant and after it."
    )
    valid_until: datetime | None = instant_field(
        label="Valid until", help="Matches before this instant."
    )

    def matches(self, request: AccessRequest) -> bool:
        """Whether now is in the window; instants without a time zone cannot be compared and never
        match.
        """
        return (
            self._comparable(request.now)
            and not self._is_early(request.now)
            and not self._is_late(request.now)
        )

    def _comparable(self, now: datetime) -> bool:
        return all(
            is_aware(instant)
            for instant in (now, self.valid_from, self.valid_until)
            if instant is not None
        )

    def _is_early(self, now: datetime) -> bool:
        return self.valid_from is not None and now < self.valid_from

    def _is_late(self, now: datetime) -> bool:
        return self.valid_until is not None and now >= self.valid_until

    def fault(self, request: AccessRequest) -> tuple[Fragment, ...]:
        """The bound that now is outside of."""
        if not self._comparable(request.now):
            return (words("the time is unknown"),)
        if self._is_early(request.now):
            return (words("not valid before "), _instant(self.valid_from))
        return (
            (words("not valid since "), _instant(self.valid_until))
            if self._is_late(request.now)
            else ()
        )

    def why_not(self, request: AccessRequest) -> str:
        """The fault as text."""
        return plain(self.fault(request))

    def sentence(self) -> tuple[Fragment, ...]:
        """`from A until B`; empty without bounds."""
        start = (words("from "), _instant(self.valid_from)) if self.valid_from else ()
        end = (words("until "), _instant(self.valid_until)) if self.valid_until else ()
        return (*start, words(" "), *end) if start and end else (*start, *end)

    def dump(self) -> dict[str, Any]:
        """The JSON row; bounds as ISO 8601, absent ones left out."""
        bounds = {"valid_from": self.valid_from, "valid_until": self.valid_until}
        return {
            "type": self.name,
            **{key: instant.isoformat() for key, instant in bounds.items() if instant},
        }

    @classmethod
    def load(cls, data: Mapping[str, object]) -> "Validity | str":
        """From a JSON row; a window that ends before it begins is an error, not a rule that never
        matches.
        """
        start, end = read_instant(data, "valid_from"), read_instant(data, "valid_until")
        complaints = [bound for bound in (start, end) if isinstance(bound, str)]
        if complaint := unknown_keys(data, ("valid_from", "valid_until")) or "; ".join(complaints):
            return complaint
        return _window(start, end)


def _window(start: datetime | str | None, end: datetime | str | None) -> Validity | str:
    if isinstance(start, str) or isinstance(end, str):
        return "not a window"
    if start is not None and end is not None and end <= start:
        return "valid_until is not after valid_from"
    return Validity(start, end)


def _instant(instant: datetime | None) -> Fragment:
    text = instant.isoformat() if instant else ""
    return Fragment(INSTANT, text, text)
