"""The system log only grows (R24): the database itself refuses to change an event."""

import pytest
from django.db import DatabaseError, connection, transaction

from apps.systemlog.entries import SYSTEM, Entry
from apps.systemlog.models import LogEvent
from apps.systemlog.record import record

pytestmark = pytest.mark.django_db


def test_r24_an_event_can_not_be_changed_by_rows() -> None:
    event = record(Entry("system.job.run", SYSTEM))[0]

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        LogEvent.objects.filter(uuid=event.uuid).update(outcome="FAILURE")

    assert LogEvent.objects.get().outcome == "SUCCESS"


def test_r24_an_event_can_not_be_changed_by_sql() -> None:
    record(Entry("system.job.run", SYSTEM))

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE systemlog_logevent SET reason = 'rewritten'")


def test_old_events_can_be_removed_for_retention() -> None:
    record(Entry("system.job.run", SYSTEM))

    LogEvent.objects.all().delete()

    assert not LogEvent.objects.exists()


def test_an_unknown_type_can_not_be_recorded() -> None:
    with pytest.raises(KeyError):
        record(Entry("something.else", SYSTEM))
