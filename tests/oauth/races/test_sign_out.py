"""A code that is under way while its session ends: it is ended, too, whichever is first (I1, row
161)."""

import copy
from typing import Any

import pytest

from apps.oauth.authorize import flow
from tests.oauth.flow import Answer, Browser, World, authorize, exchange, make_world, sign_in
from tests.races import at_once, failures

ONLINE, OFFLINE = "openid", "openid offline_access"


def signed_in(world: World) -> tuple[Browser, Browser]:
    """The same browser twice: two of its windows."""
    browser, other = Browser(), Browser()
    sign_in(browser, world.user)
    other.cookies = copy.deepcopy(browser.cookies)
    return browser, other


def sign_out(browser: Browser) -> Any:
    return browser.post("/accounts/logout/")


def during(monkeypatch: pytest.MonkeyPatch, name: str, browser: Browser) -> None:
    """Sign out just before this step of the code's way."""
    step = getattr(flow, name)

    def late(*args: Any, **more: Any) -> Any:
        assert sign_out(browser).status_code == 302
        return step(*args, **more)

    monkeypatch.setattr(flow, name, late)


def is_good(world: World, answer: Answer) -> bool:
    """Whether there is a code, and tokens for it."""
    return "code" in answer.members and exchange(world, answer.code).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("step", ["evaluate", "open_grant", "is_open"])
def test_a_sign_out_ends_a_code_that_is_under_way(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world()
    browser, other = signed_in(world)
    during(monkeypatch, step, other)
    answer = authorize(browser, world, scope=ONLINE)
    assert answer.response.status_code == 400 and not is_good(world, answer)


@pytest.mark.django_db
def test_offline_access_goes_on_without_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world()
    browser, other = signed_in(world)
    during(monkeypatch, "open_grant", other)
    assert is_good(world, authorize(browser, world, scope=OFFLINE))


@pytest.mark.django_db(transaction=True)
def test_none_survives_a_sign_out_at_the_same_moment() -> None:
    world = make_world()
    for _ in range(12):
        browser, other = signed_in(world)
        answers = at_once(lambda: authorize(browser, world, scope=ONLINE), lambda: sign_out(other))  # noqa: B023
        assert not failures(answers)
        assert not is_good(world, answers[0])
