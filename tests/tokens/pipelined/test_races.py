"""P1 through the pipelined edge: fifty uses of one credential in one batch, and locks."""

import asyncio
from collections import Counter

import pytest

from apps.tokens.models import Grant
from tests.oauth.grants_fixture import (
    REFUSED,
    World,
    authorize,
    code_form,
    is_active,
    make_world,
    refresh_form,
    sign_in,
)
from tests.tokens.pipelined.calls import Answer, Bystander, opened, own_token, post, running, until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
COUNT = 50
FORMATS = pytest.mark.parametrize("token_format", ["jwt", "opaque"])


def fifty(world: World, form: dict[str, str]) -> list[Answer]:
    """The answers to one request that is made fifty times at once."""

    async def scenario() -> list[Answer]:
        async with opened() as edge:
            await own_token(edge, world)
            asked = (post(edge, world, "token", form) for _ in range(COUNT))
            return await asyncio.gather(*asked)

    found: list[Answer] = running(scenario)
    return found


@FORMATS
def test_140_of_fifty_refreshes_in_one_batch_all_get_the_same_successor(token_format: str) -> None:
    world = make_world(leeway=30, token_format=token_format)
    first = sign_in(world)

    answers = fifty(world, refresh_form(first.refresh))

    assert {one.status for one in answers} == {200}
    (successor,) = {one.body["refresh_token"] for one in answers}
    assert successor != first.refresh
    assert is_active(world, successor) and not is_active(world, first.refresh)
    assert Grant.objects.count() == 1
    assert len({one.body["access_token"] for one in answers}) == COUNT


@FORMATS
def test_140_of_fifty_refreshes_without_leeway_one_wins_and_the_family_dies(
    token_format: str,
) -> None:
    world = make_world(leeway=0, token_format=token_format)
    first = sign_in(world)

    answers = fifty(world, refresh_form(first.refresh))

    assert Counter(one.outcome for one in answers) == {(200, ""): 1, REFUSED: COUNT - 1}
    (winner,) = (one.body for one in answers if one.status == 200)
    assert not is_active(world, winner["refresh_token"])
    assert not is_active(world, winner["access_token"])


def test_fifty_refreshes_of_a_static_token_are_all_served() -> None:
    world = make_world(rotation_type="STATIC")
    first = sign_in(world)

    answers = fifty(world, refresh_form(first.refresh))

    assert {one.body["refresh_token"] for one in answers} == {first.refresh}


@FORMATS
def test_115_of_fifty_exchanges_in_one_batch_one_wins_and_its_tokens_die(token_format: str) -> None:
    world = make_world(token_format=token_format)

    answers = fifty(world, code_form(authorize(world)))

    assert Counter(one.outcome for one in answers) == {(200, ""): 1, REFUSED: COUNT - 1}
    (winner,) = (one.body for one in answers if one.status == 200)
    assert not is_active(world, winner["access_token"])


def test_a_family_that_somebody_holds_makes_only_its_own_request_wait(bystander: Bystander) -> None:
    world = make_world()
    tokens = [sign_in(world).refresh for _ in range(8)]
    held = Grant.objects.order_by("created").values_list("pk", flat=True)[3]

    async def scenario() -> list[Answer]:
        async with opened() as edge:
            with bystander.connection.transaction():
                bystander.rows("SELECT 1 FROM tokens_grant WHERE id = %s FOR UPDATE", held)
                tasks = [
                    asyncio.create_task(post(edge, world, "token", refresh_form(text)))
                    for text in tokens
                ]
                await asyncio.gather(*tasks[:3], *tasks[4:])
                assert not tasks[3].done()
            return await asyncio.gather(*tasks)

    assert {one.status for one in running(scenario)} == {200}


def test_no_answer_leaves_before_its_event_is_committed(bystander: Bystander) -> None:
    world = make_world(token_format="opaque")

    async def scenario() -> None:
        async with opened() as edge:
            await own_token(edge, world)
            before = bystander.one("SELECT count(*) FROM tokens_accesstoken")
            with bystander.holding_commits("tokens_accesstoken") as release:
                tasks = [asyncio.create_task(own_token(edge, world)) for _ in range(3)]
                await until(lambda: bystander.waiting("advisory") > 0)
                assert not any(task.done() for task in tasks)
                release()
                answers = await asyncio.gather(*tasks)
                assert bystander.one("SELECT count(*) FROM tokens_accesstoken") == before + 3
            assert {one.status for one in answers} == {200}

    running(scenario)
