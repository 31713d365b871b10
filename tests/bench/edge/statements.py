"""How many statements PostgreSQL gets, by pg_stat_statements: switched on for the counting only,
since it costs something. BEGIN and COMMIT count, too."""

from collections.abc import Callable
from typing import Final

import psycopg

COUNT: Final = """
SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = %s
"""


def has_counter(url: str) -> bool:
    """Whether the server was started with it."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_settings WHERE name = 'pg_stat_statements.track'"
        )
        return found.fetchone() is not None


def counted(url: str, act: Callable[[], int]) -> float:
    """Statements per request in the database of `url`; `act` returns how many requests it made."""
    base, _, name = url.rpartition("/")
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute("SELECT pg_stat_statements_reset()")
        track(connection, "top")
        try:
            requests = act()
        finally:
            track(connection, "none")
        row = connection.execute(COUNT, (name,)).fetchone()
    assert row
    return float(row[0]) / max(1, requests)


def track(connection: psycopg.Connection[tuple[object, ...]], which: str) -> None:
    """Statements of clients ("top") or none. Not on the server's command line, which would have
    the last word; sessions hear it before their next statement."""
    connection.execute(f"ALTER SYSTEM SET pg_stat_statements.track = '{which}'".encode())
    connection.execute("SELECT pg_reload_conf()")
    connection.execute("SELECT pg_sleep(0.2)")
