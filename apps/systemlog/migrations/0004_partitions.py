"""On PostgreSQL the system log becomes a table partitioned by the week of `published`, so that
retention drops tables instead of deleting rows.

The rows are copied in one transaction, under a lock: some hundred thousand rows take seconds, during
which nothing else writes to the log. Django sees the same model as before. What it can't see: the
primary key is (id, published), and `uuid` is indexed but no longer unique over all partitions
(PostgreSQL asks for the partition key in every unique index); 122 random bits see to that.

Indexes and triggers are made again from what the database says of them, whatever a later or
another migration has added. SQLite keeps its one table.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import migrations

TABLE = "systemlog_logevent"
NEW = f"{TABLE}_new"
WEEKS_BACK = 60  # older rows, of a clock gone wrong, rest in the default partition
WEEKS_AHEAD = 8
WEEK = timedelta(weeks=1)


def partition(apps: Any, schema_editor: Any) -> None:
    """One table becomes one per week."""
    if schema_editor.connection.vendor != "postgresql":
        return
    indexes, triggers = before(schema_editor)
    run = schema_editor.execute
    run(f"CREATE TABLE {NEW} ({LIKE}) PARTITION BY RANGE (published)", None)
    run(f"CREATE TABLE {TABLE}_default PARTITION OF {NEW} DEFAULT", None)
    for monday in mondays(schema_editor):
        run(
            f"CREATE TABLE {TABLE}_w{monday:%Y%m%d} PARTITION OF {NEW} "
            f"FOR VALUES FROM ('{monday} 00:00+00') TO ('{monday + WEEK} 00:00+00')",
            None,
        )
    replace(schema_editor)
    run(f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_pkey PRIMARY KEY (id, published)", None)
    for definition in indexes:
        run(definition.replace("CREATE UNIQUE INDEX", "CREATE INDEX"), None)
    for definition in triggers:
        run(definition, None)


def gather(apps: Any, schema_editor: Any) -> None:
    """The way back: one table again."""
    if schema_editor.connection.vendor != "postgresql":
        return
    indexes, triggers = before(schema_editor)
    run = schema_editor.execute
    run(f"CREATE TABLE {NEW} ({LIKE})", None)
    replace(schema_editor)
    run(f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_pkey PRIMARY KEY (id)", None)
    for definition in indexes:
        if "(uuid)" in definition:
            run(f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_uuid_key UNIQUE (uuid)", None)
        else:
            run(definition.replace(" ON ONLY ", " ON "), None)
    for definition in triggers:
        run(definition, None)


LIKE = f"LIKE {TABLE} INCLUDING DEFAULTS INCLUDING IDENTITY"
INDEXES = f"""
SELECT pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = '{TABLE}'::regclass AND NOT indisprimary ORDER BY indexrelid
"""
TRIGGERS = f"""
SELECT pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid = '{TABLE}'::regclass AND NOT tgisinternal ORDER BY tgname
"""
WEEKS_IN_USE = f"""
SELECT DISTINCT date_trunc('week', published AT TIME ZONE 'UTC')::date FROM {TABLE}
WHERE published BETWEEN %s AND %s
"""


def before(schema_editor: Any) -> tuple[list[str], list[str]]:
    """Keep everyone else out until COMMIT; what has to be made again."""
    schema_editor.execute("SET LOCAL statement_timeout = 0", None)
    schema_editor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE", None)
    return column(schema_editor, INDEXES), column(schema_editor, TRIGGERS)


def mondays(schema_editor: Any) -> list[date]:
    """The weeks that rows are of, this one, and the next ones."""
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday())
    ahead = {monday + number * WEEK for number in range(WEEKS_AHEAD + 1)}
    span = (monday - WEEKS_BACK * WEEK, monday + WEEK)
    return sorted(ahead | set(column(schema_editor, WEEKS_IN_USE, span)))


def replace(schema_editor: Any) -> None:
    """Copy the rows, drop the old table, and take its name; ids go on where they were."""
    run = schema_editor.execute
    [place] = column(schema_editor, f"SELECT ARRAY[last_value, is_called::int] FROM {TABLE}_id_seq")
    run(f"INSERT INTO {NEW} SELECT * FROM {TABLE}", None)
    run(f"DROP TABLE {TABLE}", None)
    run(f"ALTER TABLE {NEW} RENAME TO {TABLE}", None)
    run(f"ALTER SEQUENCE {NEW}_id_seq RENAME TO {TABLE}_id_seq", None)
    run(f"SELECT setval('{TABLE}_id_seq', {place[0]}, {bool(place[1])})", None)


def column(schema_editor: Any, query: str, params: tuple[Any, ...] | None = None) -> list[Any]:
    """The first column of what a query finds."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(query, params)
        return [row[0] for row in cursor.fetchall()]


class Migration(migrations.Migration):
    dependencies = [("systemlog", "0003_jobs")]
    operations = [migrations.RunPython(partition, gather)]
