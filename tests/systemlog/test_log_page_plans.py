"""Every statement that a page of the log, its tail and its export make is served by indexes: at ten
million rows each reads about as much as it shows (design 7)."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from tests.factories import make_client, make_superuser
from tests.systemlog.eventful import column

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
AT = "/admin/systemlog/logevent/"
ROWS = 150_000
SCAN = re.compile(r"Seq Scan on (\w+)")
READ = re.compile(r"on systemlog_logevent\w*[^(\n]*\(actual rows=([\d.]+) loops=(\d+)")
REMOVED = re.compile(r"Rows Removed by Filter: (\d+)")
MOST_READ = 20_000
"""Rows that the statements of one page may read, some of them twice: the bounded look at what no
index serves."""

FILL = """
INSERT INTO systemlog_logevent (uuid, published, event_type, severity, outcome, reason, actor_id,
    actor_type, actor_name, client_id, server_id, user_id, reference, ip_address, body)
SELECT 'u' || n, now() - (%s - n) * interval '2 seconds',
    (ARRAY['app.oauth2.as.token.grant.access_token', 'app.oauth2.as.authorize.code',
        'user.session.start', 'app.oauth2.as.token.grant'])[1 + n %% 4],
    'INFO', CASE WHEN n %% 5000 = 1 THEN 'FAILURE' ELSE 'SUCCESS' END, '', '',
    '', 'somebody', 'c' || n %% 100, 's' || n %% 20, 'p' || n %% 500, 'r' || n, '', '{}'
FROM generate_series(1, %s) n
"""
ADDRESSES = [
    *("", "?client_id=c7", "?user_id=p7", "?server_id=s7", "?reference=R7", "?what=grants"),
    *("?what=people", "?outcome=FAILURE", "?severity=WARN", "?actor_id=nobody"),
    *("?event_type=user.session.start", "?event_type=none.such"),
    *("?what=grants&outcome=FAILURE", "?client_id=c7&outcome=FAILURE&what=sessions"),
    *("?since=hour", "?since=day&what=grants", "?until=2020-01-01", "?q=^somebody", "?q=Shop"),
    *("?since={old}&until={newer}", "?until={old}&outcome=FAILURE", "?what=grants&until={old}"),
    *("?client_id=c7&until={old}", "live/?beyond={place}", "live/?beyond={place}&outcome=FAILURE"),
]


@pytest.fixture
def log(db: None) -> Browser:
    """Events of three days, and somebody who looks at them."""
    make_client("web", name="Shop")
    browser = Browser()
    browser.force_login(make_superuser())
    with connection.cursor() as cursor:
        cursor.execute(FILL, [ROWS, ROWS])
        cursor.execute("ANALYZE systemlog_logevent")
    return browser


def statements(browser: Browser, url: str) -> list[str]:
    """What the address asks of the log."""
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    asked = (str(query["sql"]) for query in captured)
    return [sql for sql in asked if 'FROM "systemlog_logevent"' in sql and "SELECT" in sql[:8]]


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, COSTS OFF) {sql}".replace("%", "%%"), [])
        return "\n".join(line for (line,) in cursor.fetchall())


def moment(number: int) -> str:
    """When an event was, as an address has it."""
    ago = f"now() - {ROWS - number} * interval '2 seconds'"
    return str(column(f"SELECT to_char({ago}, 'YYYY-MM-DD\"T\"HH24:MI')")[0])


def big_parts() -> set[str]:
    """The partitions with many rows."""
    sizes = "SELECT tableoid::regclass::text FROM systemlog_logevent GROUP BY 1"
    found = set(column(f"{sizes} HAVING count(*) > 10000"))
    assert found
    return found


def read_by(plan: str) -> float:
    """Rows that were looked at, shown or not."""
    rows = sum(float(rows) * int(loops) for rows, loops in READ.findall(plan))
    return rows + sum(map(int, REMOVED.findall(plan)))


def test_row_296_a_page_reads_by_indexes_what_it_shows_or_a_bounded_part(log: Browser) -> None:
    big = big_parts()
    names = {
        "old": moment(60_000),
        "newer": moment(61_000),
        "place": column("SELECT max(id) - 3 FROM systemlog_logevent")[0],
    }
    for address in ADDRESSES:
        plans = [plan_of(sql) for sql in statements(log, AT + address.format(**names))]
        told = "\n\n".join((address, *plans))
        assert plans, address
        assert big.isdisjoint(SCAN.findall(told)), told[:6000]
        assert sum(map(read_by, plans)) <= MOST_READ, told[:6000]


def test_row_288_an_export_reads_ranges_of_ids(log: Browser) -> None:
    with CaptureQueriesContext(connection) as captured:
        response: Any = log.get(f"{AT}export/csv/", {"severity": "WARN"})
        assert len(list(response.streaming_content)) == 1
    asked = [str(one["sql"]) for one in captured if "WARN" in str(one["sql"])]
    assert 2 < len(asked) < 40
    scanned = {name for sql in asked[1:3] for name in SCAN.findall(plan_of(sql))}
    assert scanned.isdisjoint(big_parts())
