"""Whoever follows the log by id misses no event whose transaction ends late."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, transaction

from apps.systemlog.arrival import arrived
from apps.systemlog.entries import SYSTEM, Entry
from apps.systemlog.models import LogEvent
from apps.systemlog.record import record

pytestmark = pytest.mark.django_db(transaction=True)


def write() -> int:
    """An event; its id."""
    return record(Entry("policy.rule.add", SYSTEM))[0].pk


def seen() -> list[int]:
    """What has arrived, in order."""
    return list(LogEvent.objects.filter(arrived()).order_by("id").values_list("pk", flat=True))


@contextmanager
def written_elsewhere() -> Iterator[None]:
    """An event of another connection, whose transaction lasts as long as the block."""
    is_written, may_end = threading.Event(), threading.Event()

    def work() -> None:
        try:
            with transaction.atomic():
                write()
                is_written.set()
                may_end.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert is_written.wait(10)
    try:
        yield
    finally:
        may_end.set()
        thread.join()


def test_events_arrive_in_the_order_of_their_ids() -> None:
    written = [write(), write(), write()]
    assert seen() == written


@pytest.mark.postgres
def test_nothing_behind_an_id_that_may_still_appear_is_shown() -> None:
    first = write()
    with written_elsewhere():
        later = write()
        assert seen() == [first]
    found = seen()
    assert len(found) == 3 and found[0] == first and found[-1] == later


@pytest.mark.postgres
def test_an_id_that_was_given_up_holds_nothing_back_once_nobody_writes() -> None:
    first = write()
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    last = write()
    assert seen() == [first, last]


@pytest.mark.postgres
def test_a_writer_in_another_database_of_the_server_holds_nothing_back() -> None:
    first = write()
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    last = write()
    known = connection.settings_dict
    with psycopg.connect(
        host=known["HOST"],
        port=known["PORT"],
        user=known["USER"],
        password=known["PASSWORD"],
        dbname="template1",
    ) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        assert seen() == [first, last]
