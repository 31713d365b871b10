"""P1: of many uses of one credential at the same moment, one wins and never two.

Fifty connections of their own, started by a barrier, 20 trials each.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer

from apps.systemlog.models import LogEvent
from apps.tokens.models import Grant
from tests.oauth.grants_fixture import (
    REFUSED,
    Tokens,
    World,
    authorize,
    code_form,
    exchange,
    make_world,
    outcome,
    post,
    refresh,
    refresh_form,
    sign_in,
)
from tests.oauth.races.assertions import assertion, make_asserting_world
from tests.oauth.watching import tokens_in, watch
from tests.races import at_once, failures

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS, TRIALS = 50, 20
FORMATS = pytest.mark.parametrize("token_format", ["jwt", "opaque"])


def together(action: Any, count: int = THREADS) -> list[Any]:
    """What each of so many simultaneous calls returned; none of them may raise."""
    results = at_once(*[action] * count)
    assert failures(results) == []
    return results


def tally(responses: list[Any]) -> Counter[tuple[int, str]]:
    """How often each status and error came."""
    return Counter(map(outcome, responses))


@FORMATS
def test_115_of_fifty_redemptions_of_a_code_one_wins_and_its_tokens_die(token_format: str) -> None:
    world = make_world(token_format=token_format)
    watcher = watch(world)
    for _ in range(TRIALS):
        code = authorize(world)

        responses = together(partial(exchange, world, code))

        assert tally(responses) == {(200, ""): 1, REFUSED: THREADS - 1}
        assert watcher.alive(*tokens_in(responses)) == []
    assert Grant.objects.count() == TRIALS


@pytest.fixture
def wires(live_server: LiveServer) -> Iterator[list[httpx.Client]]:
    """Connections to a real server, open before the race begins."""
    with ExitStack() as stack:
        found = [stack.enter_context(httpx.Client(timeout=30)) for _ in range(THREADS)]
        for wire in found:
            wire.get(f"{live_server.url}/health/live")
        yield found


def over(
    wires: list[httpx.Client], live_server: LiveServer, world: World, form: dict[str, str]
) -> list[Any]:
    """The answers to one form, sent over all connections at once."""
    url, auth = f"{live_server.url}{world.base}/token", (world.client.client_id, world.secret)
    results = at_once(*(partial(wire.post, url, data=form, auth=auth) for wire in wires))
    assert failures(results) == []
    return results


def test_115_the_same_over_real_connections(
    live_server: LiveServer, wires: list[httpx.Client]
) -> None:
    world = make_world()
    watcher = watch(world)
    for _ in range(TRIALS):
        responses = over(wires, live_server, world, code_form(authorize(world)))

        assert tally(responses) == {(200, ""): 1, REFUSED: THREADS - 1}
        assert watcher.alive(*tokens_in(responses)) == []


def test_140_of_fifty_refreshes_without_leeway_one_wins_and_the_family_dies() -> None:
    world = make_world(leeway=0)
    watcher = watch(world)
    for _ in range(TRIALS):
        first = sign_in(world)

        responses = together(partial(refresh, world, first.refresh))

        assert tally(responses) == {(200, ""): 1, REFUSED: THREADS - 1}
        assert watcher.alive(first, *tokens_in(responses)) == []


def assert_one_successor(world: World, first: Tokens, responses: list[Any]) -> None:
    """All got tokens, all the same refresh token, and it is the family's only live one."""
    assert tally(responses) == {(200, ""): THREADS}
    found = tokens_in(responses)
    assert len({tokens.refresh for tokens in found} - {first.refresh}) == 1
    known = {first.refresh, found[0].refresh}
    watcher = watch(world)
    assert [text for text in known if watcher.is_active(text)] == [found[0].refresh]


def test_140_of_fifty_refreshes_inside_the_leeway_all_get_the_same_successor() -> None:
    world = make_world(leeway=30)
    for _ in range(TRIALS):
        first = sign_in(world)

        responses = together(partial(refresh, world, first.refresh))

        assert_one_successor(world, first, responses)


def test_140_the_same_over_real_connections(
    live_server: LiveServer, wires: list[httpx.Client]
) -> None:
    world = make_world(leeway=30)
    for _ in range(TRIALS):
        first = sign_in(world)

        responses = over(wires, live_server, world, refresh_form(first.refresh))

        assert_one_successor(world, first, responses)


def test_140_a_client_that_signs_assertions_is_not_refused_for_losing_a_race() -> None:
    """Each request brings an assertion of its own; losing must not spend it twice."""
    world = make_asserting_world(leeway=30)
    for _ in range(TRIALS // 4):
        first = sign_in(world)

        responses = together(partial(refresh, world, first.refresh))

        assert_one_successor(world, first, responses)


def test_an_assertion_counts_once_however_many_send_it_at_once() -> None:
    world = make_asserting_world()
    for _ in range(TRIALS):
        grant = {"grant_type": "client_credentials", "scope": "orders:read"}
        form = {**grant, **assertion(world)}

        responses = together(partial(post, world, "token", form))

        assert tally(responses) == {(200, ""): 1, (401, "invalid_client"): THREADS - 1}


def test_every_winner_is_in_the_log_exactly_once() -> None:
    world = make_world(leeway=0)
    first = sign_in(world)
    granted = LogEvent.objects.filter(event_type="app.oauth2.as.token.grant.refresh_token")
    before = granted.count()

    together(partial(refresh, world, first.refresh))

    assert granted.count() == before + 1
