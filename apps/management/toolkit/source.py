"""The database of a django-oauth-toolkit project, opened for reading only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg
from psycopg.rows import dict_row

from authzsite.domain.validation import Invalid, InvalidError

Row = dict[str, Any]
READ_ONLY: Final = "-c default_transaction_read_only=on"
BATCH: Final = 500


class Source:
    """Rows of its tables, by the names that all versions of the toolkit share."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._numbers = count()

    def applications(self) -> Iterator[Row]:
        """Every application, oldest first."""
        return self._rows("SELECT * FROM oauth2_provider_application ORDER BY id")

    def users(self, table: str) -> Iterator[Row]:
        """Every user; `table` is a plain name, as `is_table_name` says."""
        return self._rows(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - a checked name

    def refresh_tokens(self) -> Iterator[Row]:
        """The living ones, with the scope of the access token that came with each."""
        return self._rows(
            "SELECT r.*, a.scope AS granted_scope FROM oauth2_provider_refreshtoken r "
            "LEFT JOIN oauth2_provider_accesstoken a ON a.id = r.access_token_id "
            "WHERE r.revoked IS NULL ORDER BY r.id"
        )

    def _rows(self, statement: str) -> Iterator[Row]:
        with closing(self._cursor()) as cursor:
            cursor.execute(statement)
            while rows := cursor.fetchmany(BATCH):
                yield from map(dict, rows)

    def _cursor(self) -> Any:
        """On PostgreSQL one that reads row by row: there may be millions."""
        if isinstance(self._connection, psycopg.Connection):
            return self._connection.cursor(f"import{next(self._numbers)}")
        return self._connection.cursor()


@contextmanager
def opened(place: str) -> Iterator[Source]:
    """The database at a path or a `postgresql://` address. Raises InvalidError when there is none,
    or when it isn't the toolkit's."""
    try:
        with closing(_connect(place)) as connection:
            source = Source(connection)
            next(source.applications(), None)
            yield source
    except (sqlite3.Error, psycopg.Error) as error:
        words = str(error).strip().splitlines()[0]
        raise InvalidError(Invalid("source", f"can't be read: {words}")) from error


def _connect(place: str) -> Any:
    if place.startswith(("postgres://", "postgresql://")):
        return psycopg.connect(place, row_factory=dict_row, options=READ_ONLY)
    address = f"file:{quote(str(Path(place).absolute()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True)
    connection.row_factory = sqlite3.Row
    return connection


def is_table_name(text: str) -> bool:
    """A name that needs no quoting."""
    return text.isascii() and text.isidentifier()
