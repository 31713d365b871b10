"""Compiled configurations: bounded in number, and /metrics tells how often one was there when it
was needed."""

import os

import pytest
from django.test import Client as Browser
from prometheus_client.parser import text_string_to_metric_families

from apps.oauth.runtime import CACHES, VersionedCache
from tests.oauth.grants_fixture import client_credentials, make_world

SERVERS, CLIENTS = 1_000, 50_000


def test_however_many_clients_ask_in_rotation_no_more_are_kept_than_may_be() -> None:
    cache: VersionedCache[int] = VersionedCache(20_000)
    for round_ in range(2):
        for number in range(CLIENTS):
            assert cache.get(str(number), 1, lambda number=number: number) == number  # type: ignore[misc]
        assert len(cache) == 20_000, round_
    assert (cache.hits, cache.misses) == (0, 2 * CLIENTS)
    for number in range(SERVERS):
        cache.get(f"server {number}", 1, lambda: 0)
        cache.get(str(CLIENTS - 1), 1, lambda: 0)  # used, so kept
    assert (cache.hits, cache.misses) == (SERVERS, 2 * CLIENTS + SERVERS)


def test_another_version_is_a_miss_and_takes_the_olds_place() -> None:
    cache: VersionedCache[str] = VersionedCache(10)
    assert [cache.get("a", version, lambda: "x") for version in (1, 2, 2)] == ["x"] * 3
    assert (cache.hits, cache.misses, len(cache)) == (1, 2, 1)


def told() -> dict[tuple[str, ...], float]:
    """What /metrics says of clients' configurations in this process."""
    text = Browser().get("/metrics").content.decode()
    samples = (one for family in text_string_to_metric_families(text) for one in family.samples)
    return {
        (one.name.removeprefix("authzsite_snapshot"), one.labels.get("outcome", "")): one.value
        for one in samples
        if one.labels.get("kind") == "client" and one.labels["process"] == str(os.getpid())
    }


@pytest.mark.django_db
def test_metrics_tell_how_many_are_kept_and_how_often_one_was_there() -> None:
    world, before = make_world(), told()
    client_credentials(world)
    first = told()
    client_credentials(world)
    second = told()

    assert first["s", ""] == len(CACHES["client"]) == 1
    assert second["s_limit", ""] == CACHES["client"].size
    miss, hit = ("_lookups_total", "miss"), ("_lookups_total", "hit")
    assert first[miss] == second[miss] == before[miss] + 1
    assert second[hit] > first[hit]
