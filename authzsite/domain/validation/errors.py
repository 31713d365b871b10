"""What a refused value looks like: the field, what is wrong, and the limit it breaks."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invalid:
    """One problem of one field, for a form, an API error and the log alike.

    `message` is a predicate about the field ("must be between 5 and 1440"); `limit` is the
    number or range it breaks, in the field's own unit.
    """

    field: str
    message: str
    limit: int | tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class InvalidError(Exception):
    """A change that the services refuse; carries every problem found, not just the first."""

    def __init__(self, *problems: Invalid) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def raise_if(problems: Iterable[Invalid]) -> None:
    """Raises `InvalidError` when there is any problem."""
    found = tuple(problems)
    if found:
        raise InvalidError(*found)


def check_length(text: str, length: tuple[int, int], field: str) -> list[Invalid]:
    """Length in characters, both ends allowed."""
    smallest, largest = length
    if smallest <= len(text) <= largest:
        return []
    if not text:
        return [Invalid(field, "must not be empty", length)]
    return [Invalid(field, f"must have {smallest} to {largest} characters", length)]


def check_range(number: int, allowed: tuple[int, int], field: str) -> list[Invalid]:
    """A whole number in a closed range; booleans aren't numbers (row 277)."""
    if isinstance(number, bool) or not isinstance(number, int):
        return [Invalid(field, "must be a whole number", allowed)]
    if allowed[0] <= number <= allowed[1]:
        return []
    return [Invalid(field, f"must be between {allowed[0]} and {allowed[1]}", allowed)]
