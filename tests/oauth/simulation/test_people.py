"""The facts of many are those of the token endpoint's one SELECT (R6, R7)."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from apps.clients.services import assign_group, assign_user
from apps.directory.models import Group
from apps.directory.services import suspend_user
from apps.oauth.simulation.people import readings_of
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.store import Lookup
from tests.factories import TESTER, make_client, make_group, make_server, make_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_r6_r7_the_facts_of_many_are_those_of_each(django_assert_max_num_queries: Any) -> None:
    server, now = make_server(), datetime.now(UTC) + timedelta(hours=1)
    clients = [make_client() for _ in range(3)]
    users = [make_user() for _ in range(4)]
    both, one, empty = make_group(*users[:2]), make_group(users[0]), make_group()
    everyone = Group.objects.get(type=Group.Type.BUILT_IN)
    first, second, third = clients
    later = {"valid_from": now + DAY}
    nothing: dict[str, Any] = {}
    for group, window in ((both, nothing), (one, later), (empty, nothing)):
        assign_group(actor=TESTER, client=first, group=group, **window)
    assign_group(actor=TESTER, client=second, group=everyone)
    windows: tuple[dict[str, Any], ...] = (
        {"valid_until": now},
        {"valid_from": now, "valid_until": now + DAY},
        {},
    )
    for user, window in zip(users, windows, strict=False):
        assign_user(actor=TESTER, client=third, user=user, **window)
    suspend_user(actor=TESTER, user=users[2])
    pairs = list(product([c.pk for c in clients], [u.pk for u in users]))
    with django_assert_max_num_queries(5):
        found = readings_of(pairs, now)
    for (pk, user_id), client in zip(pairs, [c for c in clients for _ in users], strict=True):
        lookup = Lookup(user=user_id, profile=True)
        real = drive(DjangoStore().read(server.pk, client.client_id, lookup, now))
        mine = found[pk, user_id]
        assert (mine.user, mine.paths, mine.path_groups) == (
            real.user,
            real.paths,
            real.path_groups,
        )
        assert sorted(mine.groups) == sorted(real.groups)
        assert mine.profile and real.profile and mine.profile.login == real.profile.login


def test_nobody_and_somebody_unknown_have_no_facts() -> None:
    now = datetime.now(UTC)
    found = readings_of([("0oaX", ""), ("0oaX", "00uX")], now)
    assert all(reading.user is None and not reading.paths for reading in found.values())
