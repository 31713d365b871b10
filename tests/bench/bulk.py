"""Millions of rows by SQL: while they come, their tables are without indexes and keys, which are
made again afterwards from what the database itself had said of them.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, transaction

# Rows are lost with the machine, and a sort of ten million keys should fit into memory.
QUICKLY: Final = (
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL synchronous_commit = off",
    "SET LOCAL maintenance_work_mem = '1GB'",
)
# In the order in which they were made: the names of a partition's indexes depend on it.
INDEXES: Final = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), conname, pg_get_constraintdef(c.oid)
FROM pg_index LEFT JOIN pg_constraint c ON conindid = indexrelid AND conrelid = indrelid
WHERE indrelid = %s::regclass ORDER BY pg_index.indexrelid
"""
WITH_PARTITIONS: Final = (
    "(SELECT %s::regclass UNION SELECT inhrelid FROM pg_inherits WHERE inhparent = %s::regclass)"
)
SCHEMA: Final = f"""
SELECT 'index', indrelid::regclass::text, pg_get_indexdef(indexrelid),
  indisvalid AND indisready, (SELECT inhparent::regclass::text FROM pg_inherits
  WHERE inhrelid = indexrelid)
FROM pg_index WHERE indrelid IN {WITH_PARTITIONS}
UNION SELECT 'constraint', conrelid::regclass::text, pg_get_constraintdef(oid), convalidated,
  conname FROM pg_constraint WHERE conrelid IN {WITH_PARTITIONS}
UNION SELECT 'column', attrelid::regclass::text, attname, attnotnull, attidentity::text
FROM pg_attribute WHERE attnum > 0 AND attrelid IN {WITH_PARTITIONS}
"""


@contextmanager
def bare(*tables: str) -> Iterator[None]:
    """Inside, the tables have neither indexes nor keys, and nothing may refer to them by a foreign
    key. Afterwards they are as they were, which is compared, and vacuumed and analysed."""
    before = {table: schema_of(table) for table in tables}
    made = {table: rows(INDEXES, table) for table in tables}
    for table, indexes in made.items():
        for name, _, constraint, _ in indexes:
            run(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else drop(name))
    yield
    for table, indexes in made.items():
        vacuum(table)
        for _, definition, constraint, key in indexes:
            again = f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {key}"
            run(again if constraint else definition.replace(" ON ONLY ", " ON ", 1))
        different = before[table] ^ schema_of(table)
        assert not different, f"{table} isn't as it was: {sorted(map(str, different))[:9]}"


def drop(index: str) -> str:
    """The statement that drops an index, and those of the partitions with it."""
    return f"DROP INDEX {index}"


def schema_of(table: str) -> set[tuple[Any, ...]]:
    """The indexes, constraints and columns of a table and its partitions."""
    return set(rows(SCHEMA, *[table] * 6))


def rows(query: str, *values: str) -> Sequence[tuple[Any, ...]]:
    """What a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def run(statement: str) -> None:
    """One statement in a transaction of its own, however long it takes."""
    with transaction.atomic(), connection.cursor() as cursor:
        for setting in QUICKLY:
            cursor.execute(setting)
        cursor.execute(statement)


def vacuum(table: str = "") -> None:
    """What a planner should know of a table, or of all, and no first reader has to write."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("RESET statement_timeout")


def at_once(*works: Callable[[], None]) -> None:
    """Several pieces of work beside each other, each on a connection of its own."""

    def work(one: Callable[[], None]) -> None:
        try:
            one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work, one) for one in works]:
            done.result()
