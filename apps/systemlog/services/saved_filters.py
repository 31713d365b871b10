"""Filtered lists that people have named for themselves. No event: nothing but their own pages
changes."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from django.db import IntegrityError, transaction

from apps.systemlog.models import SavedFilter
from authzsite.domain.tokens import seems_secret
from authzsite.domain.validation import Invalid, InvalidError, raise_if, validate_name

NAME_LENGTH: Final = (1, 60)
QUERY_LENGTH: Final = 2000
MOST: Final = 30  # of one list and person: more are no help to find anything


@transaction.atomic
def save_filter(*, user: Any, place: str, name: str, query: str) -> SavedFilter:
    """Keep the query of a list under a name. InvalidError: the name is taken or no name, there are
    `MOST`, or a value looks like a token or secret, which no row may hold (row 295)."""
    problems = [*_problems(name), *_query_problems(query)]
    if SavedFilter.objects.filter(user=user, place=place).count() >= MOST:
        problems.append(Invalid("name", f"has no room: {MOST} are saved for this list"))
    raise_if(problems)
    row = SavedFilter(user=user, place=place, name=name.strip(), query=query)
    return _written(row)


@transaction.atomic
def rename_filter(*, row: SavedFilter, name: str) -> SavedFilter:
    """Give it another name."""
    raise_if(_problems(name))
    row.name = name.strip()
    return _written(row)


@transaction.atomic
def delete_filter(*, row: SavedFilter) -> None:
    """Forget it."""
    row.delete()


def _written(row: SavedFilter) -> SavedFilter:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise InvalidError(Invalid("name", "is in use for another filter of this list")) from error
    return row


def _problems(name: str) -> list[Invalid]:
    return [*validate_name(name.strip(), NAME_LENGTH), *_secrets("name", [name])]


def _query_problems(query: str) -> list[Invalid]:
    if not query:
        return [Invalid("filter", "is empty: search or filter the list first")]
    if len(query) > QUERY_LENGTH:
        return [Invalid("filter", f"is longer than {QUERY_LENGTH} characters")]
    return _secrets("filter", (value for _, value in parse_qsl(query)))


def _secrets(field: str, values: Iterable[str]) -> list[Invalid]:
    if any(map(seems_secret, values)):
        return [Invalid(field, "holds what looks like a token or a secret, which isn't kept")]
    return []
