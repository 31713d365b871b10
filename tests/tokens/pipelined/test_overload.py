"""More than can be answered: 503 with Retry-After within a request's time or at once, and well when
the load has gone; nobody is left waiting, and nothing is kept (I8)."""

import asyncio
import gc
from collections import Counter
from typing import Any

import pytest

from authzsite import pipelined
from authzsite.pipelined import PipelinedEdge
from tests.oauth.grants_fixture import make_world
from tests.tokens.pipelined.calls import Answer, Bystander, opened, own_token, running
from tests.tokens.pipelined.test_outages import assert_unavailable, recorded

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.fault]
MANY = 500


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What asyncio has to say: of exceptions that nobody has heard, of tasks that nobody ended."""
    caplog.set_level("WARNING", "asyncio")
    return caplog.messages


def waiting(edge: PipelinedEdge) -> int:
    coalescers: list[Any] = [*edge.store._readers.values(), *edge.store._writers.values()]
    return edge.in_flight + sum(len(one._waiting) for one in coalescers)


@pytest.mark.parametrize("table", ["servers_installation", "tokens_accesstoken"])
def test_with_a_database_that_is_held_each_of_500_is_told_so_and_the_next_is_well(
    bystander: Bystander, monkeypatch: pytest.MonkeyPatch, complaints: list[str], table: str
) -> None:
    """Whether what is held is read or written."""
    monkeypatch.setattr(pipelined, "PROGRAM_SECONDS", 1.0)
    world = make_world(token_format="opaque")

    async def scenario() -> tuple[list[Answer], list[Answer], int]:
        async with opened() as edge:
            well = [await own_token(edge, world)]
            bystander.rows("BEGIN")
            bystander.rows(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            hit = await asyncio.gather(*(own_token(edge, world) for _ in range(MANY)))
            bystander.rows("ROLLBACK")
            monkeypatch.setattr(pipelined, "PROGRAM_SECONDS", 30.0)
            well += await asyncio.gather(*(own_token(edge, world) for _ in range(50)))
            return hit, well, waiting(edge)

    hit, well, left = running(scenario)
    gc.collect()
    for one in hit:
        assert_unavailable(one)
    assert Counter(one.status for one in well) == {200: 51}
    events = recorded()
    assert {events[one.reference] for one in well} == {1}
    assert set(events.values()) == {1}, "what wasn't acknowledged happened once or not at all"
    assert (left, complaints) == (0, [])


def test_beyond_what_can_be_answered_in_time_nobody_waits(
    bystander: Bystander, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelined, "MOST_IN_FLIGHT", 5)
    world = make_world()

    async def scenario() -> tuple[list[Answer], list[Answer]]:
        async with opened() as edge:
            await own_token(edge, world)
            bystander.rows("BEGIN")
            bystander.rows("LOCK TABLE servers_installation IN ACCESS EXCLUSIVE MODE")
            held = [asyncio.create_task(own_token(edge, world)) for _ in range(5)]
            await asyncio.sleep(0)
            refused = await asyncio.gather(*(own_token(edge, world) for _ in range(20)))
            assert not any(task.done() for task in held)
            bystander.rows("ROLLBACK")
            return refused, [*await asyncio.gather(*held), await own_token(edge, world)]

    refused, well = running(scenario)
    for one in refused:
        assert_unavailable(one)
    assert [one.status for one in well] == [200] * 6


def test_callers_whose_task_is_ended_leave_nothing_behind(
    bystander: Bystander, complaints: list[str]
) -> None:
    """As by a server that stops: at any moment of a request."""
    world = make_world(token_format="opaque")

    async def scenario() -> tuple[list[Any], int, Answer]:
        async with opened() as edge:
            await own_token(edge, world)
            ends = []
            for turns in range(60):
                tasks = [asyncio.create_task(own_token(edge, world)) for _ in range(4)]
                for _ in range(turns):
                    await asyncio.sleep(0)
                for one in tasks[::2]:
                    one.cancel()
                ends += await asyncio.gather(*tasks, return_exceptions=True)
            return ends, waiting(edge), await own_token(edge, world)

    ends, left, well = running(scenario)
    gc.collect()
    answers = [one for one in ends if isinstance(one, Answer)]
    assert {one.status for one in [*answers, well]} == {200}
    assert len(answers) >= len(ends) / 2
    events = recorded()
    assert {events[one.reference] for one in answers} == {1}
    assert set(events.values()) == {1}
    assert (left, complaints) == (0, [])
