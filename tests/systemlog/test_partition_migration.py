"""The log becomes a partitioned table, and can become one table again, with every row, id and
trigger (R24)."""

import re
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.systemlog.entries import SYSTEM, Entry
from apps.systemlog.models import LogEvent
from apps.systemlog.record import record

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
migration = import_module("apps.systemlog.migrations.0004_partitions")
PUBLISHED_DAYS_AGO = (0, 7, 30, 365, 2000)


def run(step: Any) -> None:
    """One direction of the migration."""
    with connection.schema_editor() as editor:
        step(None, editor)


def column(query: str) -> list[Any]:
    """The first column of what a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


def is_partitioned() -> bool:
    """Whether the log is."""
    return column("SELECT relkind::text FROM pg_class WHERE relname = 'systemlog_logevent'") == [
        "p"
    ]


def indexes() -> list[str]:
    """The names of the log's indexes."""
    return sorted(column("SELECT indexname FROM pg_indexes WHERE tablename = 'systemlog_logevent'"))


def triggers() -> list[str]:
    """The names of the log's triggers."""
    definitions = " ".join(column(migration.TRIGGERS))
    return re.findall(r"CREATE TRIGGER (\w+)", definitions)


def fill() -> list[Any]:
    """Events of several weeks, one of them older than any week that gets a partition."""
    latest = record(Entry("system.job.run", SYSTEM))[0]
    for days in PUBLISHED_DAYS_AGO:
        values = {f.attname: getattr(latest, f.attname) for f in LogEvent._meta.concrete_fields}
        values |= {"id": None, "published": latest.published - timedelta(days=days)}
        LogEvent.objects.create(**values | {"uuid": f"{days}"})
    return rows()


def rows() -> list[Any]:
    """The log as it stands."""
    return list(LogEvent.objects.order_by("pk").values())


def test_r24_every_row_index_and_trigger_survives_both_ways_and_ids_go_on() -> None:
    names, rules = indexes(), triggers()
    assert is_partitioned() and len(rules) >= 1
    before = fill()

    run(migration.gather)
    assert not is_partitioned()
    assert (rows(), indexes(), triggers()) == (before, names, rules)

    run(migration.partition)
    assert is_partitioned()
    assert (rows(), indexes(), triggers()) == (before, names, rules)
    assert record(Entry("system.job.run", SYSTEM)) and rows()[-1]["id"] == before[-1]["id"] + 1


@pytest.mark.parametrize("step", ["partition", "gather"])
def test_r24_the_log_refuses_changes_in_either_form_and_in_every_partition(step: str) -> None:
    fill()
    run(migration.gather)
    if step == "partition":
        run(migration.partition)
        assert len(set(column("SELECT tableoid FROM systemlog_logevent"))) == 5

    for pk in LogEvent.objects.values_list("pk", flat=True):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            LogEvent.objects.filter(pk=pk).update(outcome="FAILURE")


def test_one_table_knows_again_that_an_events_uuid_is_unique() -> None:
    event = fill()[0]
    run(migration.gather)

    with pytest.raises(DatabaseError, match="systemlog_logevent_uuid_key"), transaction.atomic():
        LogEvent.objects.create(**event | {"id": None})


def test_what_no_week_covers_rests_in_the_default_partition() -> None:
    fill()

    run(migration.gather)
    run(migration.partition)

    found = column("SELECT uuid FROM systemlog_logevent_default")
    assert found == [str(PUBLISHED_DAYS_AGO[-1])]
