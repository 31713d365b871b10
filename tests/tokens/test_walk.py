"""The walk over what a revocation may have ended: in index order, bounded, and it knows how far it
is."""

import random
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.systemlog.ids import ALPHABET, new_id
from apps.tokens import clock, walk
from apps.tokens.models import AccessToken, Grant
from apps.tokens.walk import Leg, Place, Walk, key_position

pytestmark = pytest.mark.django_db
HEX = "0123456789abcdef"


def add_grants(count: int, **fields: str) -> None:
    """Rows that say whose they are and nothing else."""
    now = clock.now()
    given = {"server_id": "s", "client_id": "c", "user_id": "u", "vector": "", **fields}
    Grant.objects.bulk_create(
        Grant(**given, auth_time=now, created=now, sweep_after=now) for _ in range(count)
    )


def add_tokens(count: int, **fields: str) -> None:
    """Access tokens likewise."""
    now = clock.now()
    given = {"server_id": "s", "client_id": "c", "user_id": "u", "vector": "", **fields}
    AccessToken.objects.bulk_create(
        AccessToken(
            digest="".join(random.choices(HEX, k=64)),
            claims="{}",
            issued_at=now,
            expires_at=now,
            **given,
        )
        for _ in range(count)
    )


def steps(scope: dict[str, Any], limit: int) -> list[tuple[Place, list[str]]]:
    """Every step of the walk: the place behind it, and the keys."""
    route, place, seen = Walk(scope), Place(), []
    while not route.is_over(place):
        place, found = route.read(Place.read(str(place)), limit)
        seen.append((place, [row.pk for row in found.rows]))
    return seen


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        ({}, 18),
        ({"server": "s"}, 13),
        ({"client": "c"}, 13),
        ({"clients": ["c", "other", "nobody"]}, 18),
        ({"user": "u"}, 13),
        ({"user": "nobody"}, 0),
        ({"user": "u", "clients": ["c"], "server": "s"}, 13),
    ],
)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_it_sees_every_row_of_the_scope_once_and_no_more_at_a_time_than_told(
    scope: dict[str, Any], count: int, limit: int
) -> None:
    add_grants(6)
    add_tokens(7)
    add_grants(2, client_id="other", user_id="else", server_id="t")
    add_tokens(3, client_id="other", user_id="else", server_id="t")

    seen = steps(scope, limit)

    keys = [key for _, found in seen for key in found]
    assert len(keys) == len(set(keys)) == count
    assert all(len(found) <= limit for _, found in seen)


def test_rows_that_are_dead_count_so_that_no_statement_looks_past_its_batch() -> None:
    add_grants(5)
    Grant.objects.update(revoked_at=clock.now())
    leg, after, seen = Walk({"client": "c"}).legs[0], "", []
    while (found := leg.read(after, 2)).seen:
        assert found.rows == []  # most of a table is dead: no object is made of it
        seen.append(found.seen)
        after = found.last
    assert seen == [2, 2, 1]
    assert len(steps({"client": "c"}, 2)) == 4  # the access tokens' leg, too


@pytest.mark.parametrize(
    ("scope", "index"),
    [
        ({"client": "c"}, "grant_client"),
        ({"server": "s"}, "grant_server"),
        ({}, "pkey"),
        ({"user": "u"}, "grant_user"),
    ],
)
@pytest.mark.postgres
def test_it_walks_an_index_and_reads_no_more_than_the_batch(
    scope: dict[str, str], index: str
) -> None:
    add_grants(600)
    add_grants(5000, client_id="other", user_id="else", server_id="t")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tokens_grant")
    leg = Walk(scope).legs[0]
    with CaptureQueriesContext(connection) as seen:
        assert len(leg.read("oar5", 100).rows) == 100
    ends, living = [plan_of(query["sql"]) for query in seen.captured_queries]
    assert re.search(rf"Index (Only )?Scan using \w*{index}", ends), ends
    assert "Sort" not in ends and "Filter" not in ends
    assert re.search(rf"Index (Only )?Scan (using|on) \w*{index}", living), living
    assert re.search(r"Index Cond: .*\(id\)::text <= ", living), living  # no further than the batch


def plan_of(sql: str) -> str:
    """How PostgreSQL would run it."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + sql)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_a_place_is_its_text() -> None:
    assert Place.read("") == Place()
    place = Place(1999, "f" * 64)
    assert Place.read(str(place)) == place
    assert len(str(place)) <= 100


def test_what_the_leg_does_not_say_is_compared_row_by_row() -> None:
    add_grants(1)
    row = Leg(Grant, "", "").read("", 1).rows[0]
    covered = {"server": "s", "client": "c", "user": "u", "clients": ["x", "c"]}
    assert Walk({}).covers(row) and Walk(covered).covers(row)
    for name, other in {"server": "t", "client": "d", "user": "v", "clients": ["x"]}.items():
        assert not Walk(covered | {name: other}).covers(row)


def test_progress_rises_with_the_key_from_nothing_to_nearly_all() -> None:
    route = Walk({"clients": ["a", "b"]})
    places = [Place(leg, after) for leg in range(4) for after in ("", "oarV", "oarzzzz")]
    places = [*places[:6], *(Place(leg, key) for leg in (2, 3) for key in ("", "80", "ffff"))]
    found = [route.progress(place) for place in places]
    assert found == sorted(found)
    assert found[0] == 0 and found[3] == 250 and found[-1] == 999
    assert route.progress(Place(4)) == 1000


@pytest.mark.parametrize("is_folding", [False, True])
def test_the_position_of_a_key_is_its_share_of_all_keys_in_either_kind_of_order(
    is_folding: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database may order by code points, or as people do: letters first, case last."""
    order = sorted(ALPHABET, key=(lambda c: (c.lower(), c.isupper())) if is_folding else None)
    monkeypatch.setattr(walk, "_collation", lambda: (tuple(order), is_folding))
    walk._ranks.cache_clear()
    keys = [new_id("oar") for _ in range(4000)]
    keys.sort(key=(lambda key: (key.lower(), key)) if is_folding else None)
    try:
        wrong = [abs(key_position(Grant, k) - n / 4000) for n, k in enumerate(keys)]
    finally:
        walk._ranks.cache_clear()
    assert max(wrong) < 0.05


def test_the_database_is_asked_once_how_it_orders() -> None:
    walk._ranks.cache_clear()
    walk._collation.cache_clear()
    with CaptureQueriesContext(connection) as seen:
        key_position(Grant, "oarABC"), key_position(AccessToken, "abc"), key_position(Grant, "x")
    assert len(seen) == 1
    assert walk._collation()[0] == tuple(sorted(ALPHABET))  # both of ours by code points
