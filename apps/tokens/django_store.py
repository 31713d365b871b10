"""The store of the DRF edge: Django's connection, used synchronously inside the coroutine, which
therefore never suspends. Works on every database."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction

from apps.systemlog.compact import compact
from apps.systemlog.record import row_of
from apps.systemlog.units import retried
from apps.tokens import statements
from apps.tokens.store import (
    ClientRow,
    GrantRow,
    Insert,
    Lookup,
    ProfileRow,
    Reading,
    ServerRow,
    StorageError,
    TokenRow,
    Unit,
    Update,
    UserRow,
)
from apps.tokens.units import has_one_condition, job_of, write_statement, write_values
from authzsite.domain.cutoffs import Cutoff


class _Void(Exception):
    """The unit's condition hit no row: roll back."""


class DjangoStore:
    """`Store` on Django's default connection.

    Open cutoffs are rare, and asking for them isn't free: a look-up does so while the last one of
    this process found that there are any. It never guesses: the same statement says whether it
    had to ask, and if so, the whole of it is sent again.
    """

    may_block = True
    asks_for_cutoffs = False  # of the process

    async def read(self, server_id: str, client_id: str, lookup: Lookup, now: datetime) -> Reading:
        asked = DjangoStore.asks_for_cutoffs
        reading = self._read(server_id, client_id, lookup, now, asked)
        if reading.has_cutoffs is not asked:
            DjangoStore.asks_for_cutoffs = reading.has_cutoffs
            if reading.has_cutoffs:
                return self._read(server_id, client_id, lookup, now, cutoffs=True)
        return reading

    def _read(
        self, server_id: str, client_id: str, lookup: Lookup, now: datetime, cutoffs: bool
    ) -> Reading:
        kind = statements.kind_of(lookup)
        sql, sections = statements.select_statement(kind, connection.vendor, cutoffs=cutoffs)
        params = {
            "server": server_id,
            "client": client_id,
            "key": getattr(lookup, kind.partition("+")[0]) if kind else "",
            "jti": lookup.jti,
            "now": _to_db(now),
        }
        try:
            with _cursor() as cursor:
                cursor.execute(sql, params)
                row = cursor.fetchone()
        except (DatabaseError, InterfaceError) as error:
            raise StorageError from error
        if row is None:
            raise StorageError("the installation row is missing")
        return reading_of(row, sections)

    async def write(self, unit: Unit, now: datetime) -> bool:
        is_one = connection.vendor == "postgresql" and has_one_condition(unit)
        written = _one_statement(unit, now) if is_one else partial(self._write, unit, now)
        try:
            return retried(written)
        except (DatabaseError, InterfaceError) as error:
            raise StorageError from error

    def _write(self, unit: Unit, now: datetime) -> bool:
        inserts = (*unit.inserts, _events(unit, now)) if unit.events else unit.inserts
        if unit.update is None and len(inserts) == 1:
            return _insert(inserts[0])
        try:
            with transaction.atomic():
                if unit.update is not None and not self._update(unit.update):
                    raise _Void
                if not all(map(_insert, inserts)):
                    raise _Void
        except _Void:
            return False
        return True

    def _update(self, update: Update) -> bool:
        assignments = ", ".join(f"{column} = %s" for column in update.values)
        conditions = " AND ".join(
            f"{column} IS NULL" if value is None else f"{column} = %s"
            for column, value in update.where.items()
        )
        values = [
            *update.values.values(),
            *(value for value in update.where.values() if value is not None),
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {update.table} SET {assignments} WHERE {conditions}",
                [_to_db(value) for value in values],
            )
            return bool(cursor.rowcount)


def _cursor() -> Any:
    """One for statements that come again and again; PostgreSQL keeps their plans."""
    database: Any = connection
    return database.prepared_cursor() if database.vendor == "postgresql" else database.cursor()


def _one_statement(unit: Unit, now: datetime) -> Callable[[], bool]:
    """The unit as PostgreSQL's one statement, which is its own transaction: nobody has to wait for
    its row while this process comes to say the next thing."""
    job = job_of(unit, now)
    sql, values = write_statement(job.shape, is_patient=True), write_values([job])

    def write() -> bool:
        with _cursor() as cursor:
            cursor.execute(sql, values)
            return bool(cursor.fetchall()) or not job.shape.is_conditional

    return write


def _insert(insert: Insert) -> bool:
    """Whether all rows are new; a key that exists is an error where it isn't a condition."""
    columns = tuple(insert.rows[0])
    names = ", ".join(map(connection.ops.quote_name, columns))  # one is a word of SQL
    marks = ", ".join(["(" + ", ".join(["%s"] * len(columns)) + ")"] * len(insert.rows))
    ending = " ON CONFLICT DO NOTHING" if insert.or_ignore else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {insert.table} ({names}) VALUES {marks}{ending}",
            [_to_db(row[column]) for row in insert.rows for column in columns],
        )
        return bool(cursor.rowcount == len(insert.rows))


def _events(unit: Unit, now: datetime) -> Insert:
    rows = tuple(_event_row(row_of(entry, now=now)) for entry in unit.events)
    return Insert(statements.LOG_EVENT, rows)


def _event_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "body": compact(row["body"], str)}


def _to_db(value: Any) -> Any:
    """A value as this database wants it: only moments differ."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


def reading_of(row: Sequence[Any], sections: Sequence[str]) -> Reading:
    """The row of a SELECT as a Reading."""
    values = iter(row)
    members: dict[str, Any] = {}
    for section in sections:
        members.update(_SECTIONS[section](values))
    return Reading(**members)


def _base(values: Iterator[Any]) -> dict[str, Any]:
    installation, has_cutoffs, ident, version, epoch, status = islice(values, len(statements.BASE))
    server = None if ident is None else ServerRow(ident, version, epoch, status == "ACTIVE")
    return {"installation": installation, "has_cutoffs": bool(has_cutoffs), "server": server}


def _client(values: Iterator[Any]) -> ClientRow | None:
    ident, version, epoch, status, token_policy = islice(values, len(statements.CALLER))
    return (
        None
        if ident is None
        else ClientRow(ident, version, epoch, status == "ACTIVE", token_policy)
    )


def _user(values: Iterator[Any]) -> UserRow | None:
    row = tuple(islice(values, len(statements.USER)))
    return None if row[0] is None else UserRow(*row)


def _profile(values: Iterator[Any]) -> ProfileRow | None:
    row = list(islice(values, len(statements.PROFILE)))
    row[-1] = _moment(row[-1])
    return None if row[0] is None else ProfileRow(*row)


def _paths(text: str | None) -> dict[str, Any]:
    """The paths, and by which group each goes, out of `u1 g2.3@00g… e4@00g…`."""
    pairs = [path.partition("@") for path in (text or "").split()]
    return {
        "paths": frozenset(path for path, _, _ in pairs),
        "path_groups": {path: group for path, _, group in pairs if group},
    }


def _groups(text: str | None) -> tuple[tuple[str, str], ...]:
    pairs = (part.partition(" ") for part in (text or "").split(statements.UNIT_SEPARATOR) if part)
    return tuple(sorted((ident, name) for ident, _, name in pairs))


def _cutoffs(text: str | None) -> tuple[Cutoff, ...]:
    """The cutoffs out of `17:::1767225600 18:5:7:`; nearly always there are none."""
    return tuple(map(_cutoff, text.split())) if text else ()


def _cutoff(text: str) -> Cutoff:
    ident, epoch, scope_epoch, seconds = text.split(":")
    epochs = frozenset(int(part) for part in (epoch, scope_epoch) if part)
    return Cutoff(
        int(ident), epochs, datetime.fromtimestamp(int(seconds), UTC) if seconds else None
    )


def _grant(values: Iterator[Any]) -> GrantRow | None:
    row = _columns(values, statements.GRANT_COLUMNS, GRANT_MOMENTS)
    return None if row["id"] is None else GrantRow(**row)


def _token(values: Iterator[Any]) -> TokenRow | None:
    row = _columns(values, statements.TOKEN_COLUMNS, TOKEN_MOMENTS)
    return None if row["digest"] is None else TokenRow(**row)


def _columns(values: Iterator[Any], names: Sequence[str], moments: Sequence[str]) -> dict[str, Any]:
    row = dict(zip(names, values, strict=False))  # more follow, of other sections
    for name in moments:
        row[name] = _moment(row[name])
    return row


def _moments(row: type[GrantRow] | type[TokenRow]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(row) if "datetime" in str(one.type))


GRANT_MOMENTS, TOKEN_MOMENTS = _moments(GrantRow), _moments(TokenRow)


def _moment(value: Any) -> Any:
    """SQLite hands moments out as text or naive, in UTC."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_SECTIONS = {
    "base": _base,
    "caller": lambda values: {"client": _client(values)},
    "owner": lambda values: {"owner": _client(values)},
    "user": lambda values: {"user": _user(values)},
    "paths": lambda values: _paths(next(values)),
    "profile": lambda values: {"profile": _profile(values)},
    "groups": lambda values: {"groups": _groups(next(values))},
    "grant": lambda values: {"grant": _grant(values)},
    "token": lambda values: {"token": _token(values)},
    "revoked": lambda values: {"jti_revoked_by": next(values)},
    "cutoffs": lambda values: {"cutoffs": _cutoffs(next(values))},
}
