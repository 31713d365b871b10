"""Many units of one shape as one statement: each is stored whole or not at all, whatever becomes of
its neighbours.

The rows travel as JSON, with the number of their unit. A conditional update skips rows that
somebody holds: who has to wait for a lock waits alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection

from apps.systemlog.compact import compact
from apps.systemlog.record import row_of
from apps.tokens.statements import LOG_EVENT
from apps.tokens.store import Insert, Unit

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """The shape of a conditional update; `absent` are those columns of `where` that must be
    null."""

    table: str
    where: Columns
    absent: Columns
    values: Columns


@dataclass(frozen=True, slots=True)
class Rows:
    """The shape of new rows. `is_claim`: an existing key, the first column, makes the unit void."""

    table: str
    columns: Columns
    is_claim: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """What units must have in common to share a statement. At most one of its parts decides
    whether a unit is void."""

    change: Change | None
    rows: tuple[Rows, ...]

    @property
    def is_conditional(self) -> bool:
        """Whether a unit may be void."""
        return self.change is not None or any(one.is_claim for one in self.rows)


@dataclass(frozen=True, slots=True)
class Job:
    """One unit, ready to be written: its update's values, its rows in the order of the shape; each
    as the text of a JSON object."""

    shape: Shape
    change: str
    rows: tuple[tuple[str, ...], ...]


def job_of(unit: Unit, now: datetime) -> Job:
    """The unit as values. Called where the request's context is, whose facts its events hold.
    Raises ValueError without `has_one_condition`."""
    if not has_one_condition(unit):
        raise ValueError("a unit of one statement depends on one row at most")
    inserts = unit.inserts
    if unit.events:
        events = tuple(row_of(entry, now=now) for entry in unit.events)
        inserts = (*inserts, Insert(LOG_EVENT, events))
    rows = tuple(Rows(one.table, tuple(one.rows[0]), one.or_ignore) for one in inserts)
    change, values = None, ""
    if unit.update is not None:
        where = unit.update.where
        change = Change(
            unit.update.table,
            tuple(name for name, value in where.items() if value is not None),
            tuple(name for name, value in where.items() if value is None),
            tuple(unit.update.values),
        )
        wanted = {f"w_{name}": value for name, value in where.items() if value is not None}
        values = _packed(wanted | {f"v_{n}": value for n, value in unit.update.values.items()})
    packed = tuple(tuple(map(_packed, one.rows)) for one in inserts)
    return Job(Shape(change, rows), values, packed)


def has_one_condition(unit: Unit) -> bool:
    """Whether its statement can say truly if the unit is void: it depends on one row at most."""
    claims = [len(one.rows) for one in unit.inserts if one.or_ignore]
    return sum(claims) + (unit.update is not None) <= 1


def write_values(jobs: Sequence[Job]) -> dict[str, str | int]:
    """The parameters of the jobs' statement; they are of one shape."""
    shape = jobs[0].shape
    found: dict[str, str | int] = {}
    if shape.change is not None:
        found["change"] = _numbered((n, job.change) for n, job in enumerate(jobs))
        found["many"] = len(jobs)
    for place in range(len(shape.rows)):
        rows = ((n, row) for n, job in enumerate(jobs) for row in job.rows[place])
        found[f"rows{place}"] = _numbered(rows)
    return found


def _packed(row: Mapping[str, Any]) -> str:
    return compact(row, str)


def _numbered(rows: Iterable[tuple[int, str]]) -> str:
    """A list of the objects, each with the number of its unit. None of them is empty."""
    listed = ",".join('{"n":' + str(n) + "," + row[1:] for n, row in rows)
    return f"[{listed}]"


@cache
def write_statement(shape: Shape, *, is_patient: bool) -> str:
    """The statement, which answers with the numbers of the units that it stored. With
    `is_patient` it waits for rows that somebody holds."""
    parts = [*_hits(shape, is_patient)]
    for place, rows in enumerate(shape.rows):
        if not rows.is_claim:
            parts.append(f"new{place} AS ({_insert(rows, place, shape.is_conditional)})")
    if shape.is_conditional:
        return f"WITH {', '.join(parts)} SELECT n FROM hit"
    return f"WITH {', '.join(parts)} SELECT NULL WHERE false"


def _hits(shape: Shape, is_patient: bool) -> Iterator[str]:
    """The parts that decide which units count, as `hit(n)`."""
    if shape.change is not None:
        yield from _update(shape.change, is_patient)
    for place, rows in enumerate(shape.rows):
        if rows.is_claim:
            yield from _claim(rows, place)


def _update(change: Change, is_patient: bool) -> Iterator[str]:
    types = types_of(change.table)
    asked = [f"w_{name} {types[name]}" for name in change.where]
    asked += [f"v_{name} {types[name]}" for name in change.values]
    # The limit leaves none out. Without it the planner takes any list for a hundred rows, and reads
    # a table of thousands from end to end rather than look so many up.
    yield f"asked AS (SELECT * FROM {_listed('change', asked)} LIMIT %(many)s)"
    conditions = " AND ".join(
        [f"t.{name} = asked.w_{name}" for name in change.where]
        + [f"t.{name} IS NULL" for name in change.absent]
    )
    free = ""
    if not is_patient:
        yield (
            f"free AS (SELECT asked.n FROM asked JOIN {change.table} t ON {conditions} "
            "FOR UPDATE OF t SKIP LOCKED)"
        )
        free = " AND asked.n IN (SELECT n FROM free)"
    assignments = ", ".join(f"{name} = asked.v_{name}" for name in change.values)
    yield (
        f"hit AS (UPDATE {change.table} t SET {assignments} FROM asked "
        f"WHERE {conditions}{free} RETURNING asked.n)"
    )


def _claim(rows: Rows, place: int) -> Iterator[str]:
    """The first to bring a key has it; the others' units are void."""
    key, names = rows.columns[0], ", ".join(rows.columns)
    yield f"brought AS (SELECT * FROM {_listed(f'rows{place}', _typed(rows))})"
    yield (
        f"claimed AS (INSERT INTO {rows.table} ({names}) "
        f"SELECT DISTINCT ON ({key}) {names} FROM brought ORDER BY {key}, n "
        f"ON CONFLICT DO NOTHING RETURNING {key})"
    )
    yield f"hit AS (SELECT min(n) AS n FROM brought JOIN claimed USING ({key}) GROUP BY {key})"


def _insert(rows: Rows, place: int, is_conditional: bool) -> str:
    names = ", ".join(map(connection.ops.quote_name, rows.columns))
    chosen = " WHERE r.n IN (SELECT n FROM hit)" if is_conditional else ""
    listed = _listed(f"rows{place}", _typed(rows))
    return f"INSERT INTO {rows.table} ({names}) SELECT {names} FROM {listed}{chosen}"


def _typed(rows: Rows) -> list[str]:
    types = types_of(rows.table)
    return [f"{connection.ops.quote_name(name)} {types[name]}" for name in rows.columns]


def _listed(parameter: str, columns: Sequence[str]) -> str:
    return f"jsonb_to_recordset(%({parameter})s::jsonb) AS r(n integer, {', '.join(columns)})"


@cache
def types_of(table: str) -> dict[str, str]:
    """The SQL type of each column of a model's table."""
    model = next(one for one in apps.get_models() if one._meta.db_table == table)
    fields = model._meta.local_fields
    return {str(field.column): str(field.db_type(connection)) for field in fields}
