"""The backend: psycopg's connection with a bound on every wait, an outage that is remembered, and
plans that are kept.

`django.db.backends.postgresql` does the rest; its name for a backend's module is `base`.
"""

import threading
import time
from functools import partial
from typing import Any, Final, Self, TypeVar

from django.db.backends.postgresql import base
from psycopg import Connection, Cursor, Error, OperationalError
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout  # what `Connection.wait` raises

from authzsite.postgresql.patience import at_most, seconds_left

T = TypeVar("T")
POOL_SECONDS: Final = 2.0  # for a connection to come free, or to be made
CHECK_SECONDS: Final = 0.5  # for a pooled connection to prove that it lives
REST_SECONDS: Final = 1.0  # between tries while no connection is to be had
DURABLE: Final = (
    "SELECT set_config('synchronous_commit', coalesce(nullif("
    "current_setting('synchronous_commit'), 'off'), 'on'), false)"
)
STALE: Final = frozenset({"0A000", "26000"})  # prepared before a column changed, or gone since
INTERVAL: Final = 0.1  # psycopg's own: how often it looks up from waiting


class PatientConnection(Connection[Any]):
    """Gives up on a server that doesn't answer. What it was asked may still happen: the outcome is
    unknown, and the connection is of no further use."""

    def wait(self, gen: PQGen[T], interval: float = INTERVAL, timeout: float | None = None) -> T:
        """As psycopg's, for no longer than the edge allows."""
        try:
            return super().wait(gen, interval, seconds_left() if timeout is None else timeout)
        except _WaitTimeout:
            self.pgconn.finish()
            raise OperationalError("the server doesn't answer") from None

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Cursor[Any]:
        """An empty statement is the pool's question whether the connection lives."""
        if query == "":
            with at_most(CHECK_SECONDS):
                return super().execute(query, *args, **kwargs)
        return super().execute(query, *args, **kwargs)


class PreparedCursor(Cursor[Any]):
    """For statements that come again and again: the server plans them once, not every time."""

    def execute(self, query: Any, params: Any = None, **rest: Any) -> Self:
        """As psycopg's. A plan that a migration made useless is made anew."""
        prepared = partial(super().execute, query, params, prepare=True, **rest)
        try:
            return prepared()
        except Error as error:
            if error.sqlstate not in STALE or not self.connection.autocommit:
                raise
        self.connection.execute("DEALLOCATE ALL")  # which psycopg hears, too
        return prepared()


class Outage:
    """No connection was to be had a moment ago. One caller at a time tries again, the others are
    told at once: threads that all wait would leave nobody to say so."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._quiet_until: float | None = None

    def enter(self) -> None:
        """Go and try, or OperationalError."""
        with self._lock:
            now = time.monotonic()
            if self._quiet_until is None:
                return
            if now < self._quiet_until:
                raise OperationalError("no connection was to be had a moment ago")
            self._quiet_until = now + REST_SECONDS + POOL_SECONDS

    def tell(self, *, is_over: bool) -> None:
        """How the try went."""
        with self._lock:
            self._quiet_until = None if is_over else time.monotonic() + REST_SECONDS


outage: Final = Outage()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with both."""

    opening_statement = DURABLE

    @property
    def pool(self) -> Any:
        """The process's pool, of patient connections."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if isinstance(options, dict):
            # A server that comes back is asked again by whoever needs it, not after a long pause.
            options.setdefault("timeout", POOL_SECONDS)
            options.update(connection_class=PatientConnection, reconnect_timeout=POOL_SECONDS)
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection of the pool."""
        if not self.pool:
            return super().get_new_connection(conn_params)
        outage.enter()
        try:
            connection = super().get_new_connection(conn_params)
        except OperationalError:
            outage.tell(is_over=False)
            raise
        outage.tell(is_over=True)
        return connection

    def prepared_cursor(self) -> Any:
        """As `cursor()`, for the few statements of the hot path."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(PreparedCursor(self.connection))  # type: ignore[attr-defined]

    def _configure_connection(self, connection: Any) -> bool:
        """Of each new connection: what was answered has to survive a crash, even if somebody sets
        the server to `off` while we run (F16). A stronger setting is kept."""
        with connection.cursor() as cursor:
            cursor.execute(self.opening_statement)
        super()._configure_connection(connection)  # type: ignore[misc]
        return True
