"""Compiled configurations: bounded in memory, and /metrics tells how often one was there when it
was needed."""

import os
from collections.abc import Callable

import pytest
from django.test import Client as Browser
from prometheus_client.parser import text_string_to_metric_families

from apps.oauth.runtime import CACHES, ENTRY, VersionedCache
from apps.oauth.weight import weight
from tests.oauth.grants_fixture import client_credentials, make_world

SERVERS, CLIENTS = 1_000, 50_000


def entry(value: object) -> int:
    """What one of them counts."""
    return weight(("0" * 20, 1, value)) + ENTRY


def test_however_many_clients_ask_in_rotation_no_more_memory_is_taken_than_may_be() -> None:
    names = [f"{number:020}" for number in range(200)]
    most = 80 * entry("x" * 1000)
    cache: VersionedCache[str] = VersionedCache(most)
    for _ in range(2):
        for name in names:
            assert cache.get(name, 1, lambda: "x" * 1000) == "x" * 1000
            assert cache.weight <= most
        assert len(cache) == 80
    assert (cache.hits, cache.misses) == (0, 400)
    for name in names:
        cache.get(f"another {name[8:]}", 1, lambda: "x" * 1000)
        cache.get(names[-1], 1, lambda: "")  # used, so kept
    assert (cache.hits, cache.misses) == (200, 600)


def test_what_fits_stays_and_is_there_in_the_next_round() -> None:
    names = [f"{number:020}" for number in range(80)]
    cache: VersionedCache[str] = VersionedCache(80 * entry("x" * 1000))
    for name in names * 3:
        cache.get(name, 1, lambda: "x" * 1000)
    assert (cache.hits, cache.misses) == (160, 80)


def test_one_that_is_very_large_makes_room_for_itself_and_goes_like_all() -> None:
    cache: VersionedCache[str] = VersionedCache(10_000)
    sizes = {"a": 10, "b": 10, "large": 50_000, "c": 10}
    for name, size in sizes.items():
        cache.get(name, 1, lambda size=size: "x" * size)  # type: ignore[misc]
        assert len(cache) == {"b": 2}.get(name, 1)
    cache.get("c", 2, lambda: "")
    assert cache.weight == weight(("c", 2, "")) + ENTRY
    cache.clear()
    assert (len(cache), cache.weight) == (0, 0)


@pytest.mark.django_db
def test_50_000_clients_and_1_000_servers_in_rotation_have_room(
    record_property: Callable[[str, object], None],
) -> None:
    world = make_world()
    client_credentials(world)
    each = {name: cache.weight // len(cache) for name, cache in CACHES.items()}
    record_property("measured", f"octets of a configuration: {each}")
    assert each["client"] * CLIENTS < CACHES["client"].most
    assert each["server"] * SERVERS < CACHES["server"].most


def test_another_version_is_a_miss_and_takes_the_olds_place() -> None:
    cache: VersionedCache[str] = VersionedCache(1000)
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
    assert second["s_bytes", ""] == CACHES["client"].weight
    assert second["s_limit_bytes", ""] == CACHES["client"].most
    miss, hit = ("_lookups_total", "miss"), ("_lookups_total", "hit")
    assert first[miss] == second[miss] == before[miss] + 1
    assert second[hit] > first[hit]
