"""Lists and look-ups of the partitioned log read no partition from end to end (design 7)."""

import re
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from apps.systemlog.models import LogEvent
from tests.systemlog.eventful import column

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
PAGE = 101
ROWS_PER_WEEK = 3000
SCAN = re.compile(r"Seq Scan on (\w+)")

FILL = """
INSERT INTO systemlog_logevent (uuid, published, event_type, severity, outcome, reason, actor_id,
    actor_type, actor_name, client_id, server_id, user_id, reference, ip_address, body)
SELECT 'u' || n, now() + n %% 3 * interval '7 days', 'type' || n %% 40, 'INFO', 'SUCCESS', '', '',
    '', '', 'c' || n %% 100, 's' || n %% 20, 'p' || n %% 500, 'r' || n, '', '{}'
FROM generate_series(1, %s) n
"""


@pytest.fixture
def log() -> None:
    """Some thousand events over three weeks."""
    with connection.cursor() as cursor:
        cursor.execute(FILL, [3 * ROWS_PER_WEEK])
        cursor.execute("ANALYZE systemlog_logevent")


QUERIES: list[tuple[str, Any]] = [
    ("newest first", LogEvent.objects.all()),
    ("older", LogEvent.objects.filter(pk__lt=2**40)),
    ("client", LogEvent.objects.filter(client_id="c7")),
    ("server", LogEvent.objects.filter(server_id="s7")),
    ("user", LogEvent.objects.filter(user_id="p7")),
    ("nobody", LogEvent.objects.filter(user_id="nobody")),
    ("types", LogEvent.objects.filter(event_type__in=["type1", "type2"])),
    ("reference", LogEvent.objects.filter(reference="r7")),
    ("uuid", LogEvent.objects.filter(uuid="u7")),
    ("id", LogEvent.objects.filter(pk=7)),
]


@pytest.mark.parametrize(("name", "query"), QUERIES, ids=[name for name, _ in QUERIES])
def test_a_page_reads_what_it_shows(log: None, name: str, query: QuerySet[LogEvent]) -> None:
    filled = set(column("SELECT DISTINCT tableoid::regclass::text FROM systemlog_logevent"))
    assert len(filled) == 3

    plan = query.all().order_by("-id")[:PAGE].explain()

    assert filled.isdisjoint(SCAN.findall(plan)), plan
    assert name != "newest first" or "Sort  (" not in plan


def test_a_span_of_time_looks_into_its_weeks_only(log: None) -> None:
    [last] = column("SELECT max(published) FROM systemlog_logevent")
    filled = set(column("SELECT DISTINCT tableoid::regclass::text FROM systemlog_logevent"))

    plan = LogEvent.objects.filter(published__gte=last).order_by("-id")[:PAGE].explain()

    assert len([name for name in filled if name in plan]) == 1
