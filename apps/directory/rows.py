"""Tools that services share: lock a row, set fields and learn what changed, save, refuse."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import F

from authzsite.domain.validation import Invalid, InvalidError

Row = TypeVar("Row", bound=models.Model)
Changes = dict[str, tuple[Any, Any]]


def lock(row: Row) -> Row:
    """The row as it is in the database now, locked until the transaction ends."""
    return type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)


def assign(row: models.Model, values: Mapping[str, Any]) -> Changes:
    """Set the fields and return (before, after) of those that differ, ready for the log."""
    changes: Changes = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            changes[name] = (plain(before), plain(value))
    return changes


def created(row: models.Model, names: Iterable[str]) -> Changes:
    """The changes of a new row: every named field that has a value, from nothing."""
    values = {name: plain(getattr(row, name)) for name in names}
    return {
        name: (None, value) for name, value in values.items() if value not in (None, "", [], {})
    }


def lost(row: models.Model, names: Iterable[str], **more: Any) -> Changes:
    """The changes of a deletion: every named field that has a value, and `more` values, complete
    enough to put the object back."""
    values = {**{name: plain(getattr(row, name)) for name in names}, **more}
    return {
        name: (value, None) for name, value in values.items() if value not in (None, "", [], {})
    }


def plain(value: Any) -> Any:
    """A value as the log holds it: rows by id, times as text."""
    if isinstance(value, models.Model):
        return value.pk
    return value.isoformat() if isinstance(value, datetime) else value


def save(row: models.Model, names: Iterable[str], *, bump: Iterable[str] = ()) -> None:
    """Write the named fields; count up those of `bump`, in the database, and read them back."""
    counters = list(bump)
    for name in counters:
        setattr(row, name, F(name) + 1)
    row.save(update_fields=[*names, *counters, "last_updated"])
    if counters:
        row.refresh_from_db(fields=counters)


@contextmanager
def unique(field: str, message: str = "is already in use") -> Iterator[None]:
    """Turn a duplicate that the database refuses into a problem of `field`; races are safe."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise InvalidError(Invalid(field, message)) from error


def refuse(field: str, message: str) -> InvalidError:
    """The error of a change that one field's present value forbids."""
    return InvalidError(Invalid(field, message))
