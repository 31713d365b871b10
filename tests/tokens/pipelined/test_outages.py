"""Connections that are killed, servers that are full: 503 for whom it hits, nothing lost of what
was acknowledged, and nothing twice."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from apps.oauth import runtime
from apps.systemlog.models import LogEvent
from apps.tokens.pipelined import coalescer, lane
from apps.tokens.pipelined import store as pipelined_store
from apps.tokens.pipelined.lane import Lane
from authzsite.pipelined import PipelinedEdge
from tests.faults.servers import stopped
from tests.oauth.grants_fixture import World, code_form, make_world, refresh_form
from tests.tokens.pipelined.calls import (
    LANE,
    Answer,
    Bystander,
    opened,
    own_token,
    post,
    running,
    until,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.fault]
ISSUED = "app.oauth2.as.token.grant.access_token"


def assert_unavailable(answer: Answer) -> None:
    assert answer.outcome == (503, "temporarily_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def recorded() -> Counter[str]:
    """How many tokens the log has of each request."""
    found = LogEvent.objects.filter(event_type=ISSUED).values_list("reference", flat=True)
    return Counter(found)


def test_a_backend_that_is_killed_in_the_middle_is_a_503_and_the_next_request_is_well(
    bystander: Bystander, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipelined_store, "SHARED_LOCK_MILLISECONDS", 60_000)
    world = make_world(token_format="opaque")

    async def scenario() -> tuple[list[Answer], list[Answer]]:
        async with opened() as edge:
            well = [await own_token(edge, world)]
            with bystander.holding_commits("tokens_accesstoken"):
                tasks = [asyncio.create_task(own_token(edge, world)) for _ in range(5)]
                await until(lambda: bystander.waiting("advisory") > 0)
                assert bystander.end_lanes("active") >= 1
                hit = await asyncio.gather(*tasks)
            well.append(await own_token(edge, world))
            return well, hit

    well, hit = running(scenario)
    assert [one.status for one in well] == [200, 200]
    for one in hit:
        assert_unavailable(one)
    assert recorded() == {one.reference: 1 for one in well}


@pytest.mark.parametrize("rested", [lane.RESTED_SECONDS, 600.0])
def test_connections_that_were_ended_while_idle_are_noticed_before_anybody_needs_them(
    bystander: Bystander, monkeypatch: pytest.MonkeyPatch, rested: float
) -> None:
    """Those that have rested are asked; the others, which answered a moment ago, are looked at."""
    monkeypatch.setattr(lane, "RESTED_SECONDS", rested)
    world = make_world()

    async def scenario() -> list[Answer]:
        async with opened() as edge:
            answers = [await own_token(edge, world)]
            for _ in range(3):
                assert bystander.end_lanes("idle") >= 2
                answers.append(await own_token(edge, world))
            return answers

    assert [one.status for one in running(scenario)] == [200] * 4


@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_under_killing_no_acknowledged_event_is_lost_and_none_is_doubled(
    bystander: Bystander, token_format: str
) -> None:
    world = make_world(token_format=token_format)

    async def ask_on(edge: PipelinedEdge, answers: list[Answer]) -> None:
        for _ in range(40):
            answers.append(await own_token(edge, world))

    async def scenario() -> list[Answer]:
        answers: list[Answer] = []
        async with opened() as edge:
            await own_token(edge, world)
            everybody = asyncio.gather(*(ask_on(edge, answers) for _ in range(8)))
            for round_ in range(1, 9):
                await until(lambda so_far=round_: len(answers) >= 30 * so_far)  # type: ignore[misc]
                bystander.end_lanes()
            await everybody
            answers.append(await own_token(edge, world))
        return answers

    answers = running(scenario)
    events = recorded()
    good = {one.reference for one in answers if one.status == 200}
    assert {one.status for one in answers} <= {200, 503}
    assert answers[-1].status == 200
    assert {reference for reference in good if events[reference] != 1} == set()
    assert set(events.values()) == {1}


def test_a_server_that_is_gone_is_a_503_for_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world()
    elsewhere = pipelined_store.connection_parameters() | {"port": "1"}
    monkeypatch.setattr(pipelined_store, "connection_parameters", lambda: elsewhere)

    async def scenario() -> list[Answer]:
        async with opened() as edge:
            return await asyncio.gather(*(own_token(edge, world) for _ in range(5)))

    for one in running(scenario):
        assert_unavailable(one)


def test_too_many_that_wait_are_a_503_at_once(
    bystander: Bystander, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coalescer, "MOST_WAITING", 3)
    monkeypatch.setattr(pipelined_store, "SHARED_LOCK_MILLISECONDS", 60_000)
    world = make_world(token_format="opaque")

    async def scenario() -> list[Answer]:
        async with opened() as edge:
            await own_token(edge, world)
            with bystander.holding_commits("tokens_accesstoken") as release:
                tasks = [asyncio.create_task(own_token(edge, world))]
                await until(lambda: bystander.waiting("advisory") > 0)
                for _ in range(4):  # each behind the last, so that reading isn't what is full
                    tasks.append(asyncio.create_task(own_token(edge, world)))
                    await until(lambda: _writers_waiting(edge) == min(len(tasks) - 1, 3))
                refused = await tasks[4]
                assert not any(task.done() for task in tasks[:4])
                release()
                return [*await asyncio.gather(*tasks[:4]), refused]

    *served, refused = running(scenario)
    assert [one.status for one in served] == [200] * 4
    assert_unavailable(refused)
    assert recorded()[refused.reference] == 0


def _writers_waiting(edge: PipelinedEdge) -> int:
    return max(len(one._waiting) for one in edge.store._writers.values())


def test_a_configuration_that_cannot_be_compiled_is_a_503_for_whom_it_concerns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from django.db import OperationalError

    worlds = [make_world(), make_world()]
    compile_client = runtime.compile_client

    def down(client_id: str) -> object:
        if client_id == worlds[0].client.pk:
            raise OperationalError
        return compile_client(client_id)

    monkeypatch.setattr(runtime, "compile_client", down)
    runtime.clear()

    async def scenario() -> list[Answer]:
        async with opened() as edge:
            return await asyncio.gather(*(own_token(edge, world) for world in worlds * 3))

    assert [one.status for one in running(scenario)] == [503, 200] * 3


def test_a_new_configuration_is_compiled_once_for_all_who_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, compiled = make_world(), []
    compile_client = runtime.compile_client

    def counted(client_id: str) -> object:
        compiled.append(client_id)
        return compile_client(client_id)

    monkeypatch.setattr(runtime, "compile_client", counted)
    runtime.clear()

    async def scenario() -> list[Answer]:
        async with opened() as edge:
            return await asyncio.gather(*(own_token(edge, world) for _ in range(30)))

    assert {one.status for one in running(scenario)} == {200}
    assert compiled == [world.client.pk]


def test_what_is_dropped_after_it_was_compiled_sends_the_request_to_the_other_edge(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when another version takes its place at that moment: the loop never waits for rows."""
    world: World = make_world()
    monkeypatch.setattr(runtime, "holds", lambda _: True)
    runtime.clear()

    async def scenario() -> list[Answer]:
        async with opened() as edge:
            return [
                await own_token(edge, world),
                await post(edge, world, "introspect", {"token": "x"}),
            ]

    assert [one.status for one in running(scenario)] == [299, 299]


def test_F18_however_many_kinds_of_requests_there_are_connections_are_few(
    bystander: Bystander,
) -> None:
    world = make_world(token_format="opaque")
    kinds = ("token", "introspect", "revoke")
    forms = [{"token": text} for text in ("azat_x", "azrt_x", "eyJ.eyJ.x", "x")]
    forms += [refresh_form("azrt_x"), code_form("azac_x")]

    async def scenario() -> int:
        async with opened() as edge:
            for _ in range(5):
                asked = [post(edge, world, kind, form) for kind in kinds for form in forms]
                await asyncio.gather(*asked, *(own_token(edge, world) for _ in range(20)))
            count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
            return int(bystander.one(count, LANE))

    assert running(scenario) <= 3 * pipelined_store.LANES


def test_F15_a_server_that_takes_no_writes_any_more_is_a_503_and_its_connections_are_left(
    bystander: Bystander, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a failover that ended no session: who reconnects finds the new primary."""
    world, sent = make_world(token_format="opaque"), Counter[str]()
    execute = Lane.execute

    async def counted(self: Lane, sql: str, values: dict[str, Any]) -> list[Any]:
        sent["read" if sql.startswith("SELECT") else "write"] += 1
        return await execute(self, sql, values)

    monkeypatch.setattr(Lane, "execute", counted)
    database = bystander.one("SELECT quote_ident(current_database())")
    read_only = f"ALTER DATABASE {database} SET default_transaction_read_only ="

    async def scenario() -> tuple[list[Answer], list[Answer]]:
        async with opened() as edge:
            bystander.rows(f"{read_only} on")
            try:
                refused = await asyncio.gather(*(own_token(edge, world) for _ in range(10)))
            finally:
                bystander.rows(f"{read_only} off")
            return refused, [await own_token(edge, world)]

    refused, well = running(scenario)
    for one in refused:
        assert_unavailable(one)
    assert well[0].status == 200
    assert recorded() == {well[0].reference: 1}
    assert sent["write"] < len(refused), "nobody tries alone what can't be written"


def test_F14_a_backend_that_hangs_while_idle_is_left_before_anybody_needs_it(
    bystander: Bystander,
) -> None:
    world = make_world(token_format="opaque")

    async def scenario() -> Answer:
        async with opened() as edge:
            await own_token(edge, world)
            asked = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
            pids = [row[0] for row in bystander.rows(asked, LANE)]
            assert len(pids) >= 2
            with stopped(*pids):
                await asyncio.sleep(2 * lane.RESTED_SECONDS)
                return await own_token(edge, world)

    assert running(scenario).status == 200
