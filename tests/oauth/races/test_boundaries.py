"""Row 142, without chance: a change commits at each boundary of a request's two statements.

Whatever the request answers, nothing of it is alive after the change was acknowledged.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from tests.edge import STORES
from tests.oauth.grants_fixture import (
    Tokens,
    World,
    authorize,
    exchange,
    make_world,
    post,
    refresh,
    revoke,
    sign_in,
    tokens_of,
)
from tests.oauth.races.endings import ENDINGS, Ending, end_everything, end_rule
from tests.oauth.watching import watch

pytestmark = pytest.mark.django_db
BOUNDARIES = ["before read", "after read", "before write", "after write"]


def interrupt(monkeypatch: pytest.MonkeyPatch, boundary: str, action: Callable[[], Any]) -> None:
    """Run the action once, at this boundary of the next request's statements."""
    moment, name = boundary.split()
    pending = [action]

    def interrupting(original: Any) -> Any:
        async def interrupted(*args: Any) -> Any:
            if moment == "before" and pending:
                pending.pop()()
            result = await original(*args)
            if moment == "after" and pending:
                pending.pop()()
            return result

        return interrupted

    for store in STORES:
        monkeypatch.setattr(store, name, interrupting(getattr(store, name)))


def by_refresh(world: World, tokens: Tokens) -> Callable[[], HttpResponse]:
    return lambda: refresh(world, tokens.refresh)


def by_code(world: World, tokens: Tokens) -> Callable[[], HttpResponse]:
    code = authorize(world)
    return lambda: exchange(world, code)


def by_client(world: World, tokens: Tokens) -> Callable[[], HttpResponse]:
    form = {"grant_type": "client_credentials", "scope": "orders:read"}
    return lambda: post(world, "token", form)


def alive_after(monkeypatch: pytest.MonkeyPatch, boundary: str, world: World, *parts: Any) -> Any:
    """The request's tokens and those of before that are alive after request and change."""
    request, action = parts
    watcher = watch(world)
    tokens = sign_in(world)
    ready = request(world, tokens)
    with monkeypatch.context() as patch:
        interrupt(patch, boundary, action(world, tokens))
        response = ready()
    assert response.status_code < 500
    new = [tokens_of(response)] if response.status_code == 200 else []
    return watcher.alive(tokens, *new), bool(new)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
@pytest.mark.parametrize("request_by", [by_refresh, by_code], ids=["refresh", "code"])
def test_142_nothing_of_a_user_is_alive_after_a_change_at_any_boundary(
    request_by: Any,
    token_format: str,
    ending: Ending,
    boundary: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = make_world(token_format=token_format)

    alive, is_granted = alive_after(
        monkeypatch, boundary, world, request_by, lambda world, _: lambda: ending(world)
    )

    # R11: a code is exchanged under the policies as they were when it was issued.
    survives = request_by is by_code and ending is end_rule and boundary == "before read"
    assert is_granted >= survives
    assert bool(alive) == survives


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize(
    "ending",
    [one for one in ENDINGS if one.__name__ not in ("end_user", "end_assignment")],
    ids=lambda ending: ending.__name__,
)
@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_142_nothing_of_a_client_is_alive_after_a_change_at_any_boundary(
    token_format: str, ending: Ending, boundary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(token_format=token_format)

    alive, _ = alive_after(
        monkeypatch, boundary, world, by_client, lambda world, _: lambda: ending(world)
    )

    # Of these changes one alone leaves the client what it needs for a new token.
    is_later = ending is end_everything and boundary == "before read"
    assert bool(alive) == is_later


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("leeway", [0, 30])
def test_141_nothing_of_a_family_is_alive_after_a_revocation_at_any_boundary(
    leeway: int, boundary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(leeway=leeway)

    alive, _ = alive_after(
        monkeypatch,
        boundary,
        world,
        by_refresh,
        lambda world, tokens: lambda: revoke(world, tokens.refresh),
    )

    assert alive == []
