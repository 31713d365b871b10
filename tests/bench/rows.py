"""Many rows at once, quicker than by models."""

import itertools
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction


def copy_rows(rows: Iterable[dict[str, Any]], table: str) -> None:
    """COPY, the quickest way in; SQLite has none."""
    rows = iter(rows)
    first = next(rows)
    names = tuple(first)
    columns = ", ".join(f'"{name}"' for name in names)
    if connection.vendor == "sqlite":
        _insert(table, columns, names, itertools.chain([first], rows))
        return
    statement = f"COPY {table} ({columns}) FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # a million rows take their time
        with cursor.cursor.copy(statement) as copy:
            copy.write_row(tuple(first.values()))
            for row in rows:
                copy.write_row(tuple(row[name] for name in names))


def _insert(
    table: str, columns: str, names: tuple[str, ...], rows: Iterable[dict[str, Any]]
) -> None:
    statement = f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(names))})"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(statement, [[_plain(row[name]) for name in names] for row in rows])


def _plain(value: Any) -> Any:
    is_moment = isinstance(value, datetime)
    return connection.ops.adapt_datetimefield_value(value) if is_moment else value


def settle() -> None:
    """Write to disk what making the rows has left to write. A month of issuing spreads that out;
    a copy of a million rows at once starts a checkpoint, and the flushes at its end (80 ms) would
    be measured as the sweep's."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("CHECKPOINT")
        cursor.execute("RESET statement_timeout")
