"""Row 46: guessing is slowed down, and nobody is locked out by it."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from redis.exceptions import ConnectionError as RedisDown

from apps.clients.services import deactivate_client
from apps.oauth import throttle
from tests.factories import TESTER, make_client_and_secret
from tests.oauth.client_authentication.requests import ask
from tests.oauth.http import POSTED, assert_refused
from tests.oauth.world import World

HOME, AWAY = "192.0.2.1", "198.51.100.1"
endpoints = pytest.mark.parametrize("endpoint", POSTED)


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """No minute ends in the middle of a test."""
    from apps.tokens import clock

    now = clock.now().replace(second=20)
    monkeypatch.setattr(clock, "now", lambda: now)


def guess(browser: Browser, world: World, ident: str, times: int, endpoint: str = "token") -> None:
    """So many wrong secrets from one address, each a 401."""
    for _ in range(times):
        response = ask(browser, world, endpoint, (ident, "wrong-secret"), source=HOME)
        assert_refused(response, 401, "invalid_client")


@endpoints
def test_row_046_the_twenty_first_wrong_secret_in_a_minute_is_a_429(
    client: Browser, world: World, endpoint: str
) -> None:
    guess(client, world, world.service.client_id, 20, endpoint)
    response = ask(client, world, endpoint, (world.service.client_id, "wrong"), source=HOME)
    assert_refused(response, 429, "temporarily_unavailable")
    assert response.headers["Retry-After"] == "40"


def test_row_046_the_right_secret_works_from_another_address_only(
    client: Browser, world: World
) -> None:
    guess(client, world, world.service.client_id, 20)
    good = world.service_auth
    assert_refused(ask(client, world, "token", good, source=HOME), 429, "temporarily_unavailable")
    assert ask(client, world, "token", good, source=AWAY).status_code == 200


def test_row_046_other_clients_of_the_address_go_on(client: Browser, world: World) -> None:
    guess(client, world, world.service.client_id, 20)
    assert ask(client, world, "introspect", world.web_auth, source=HOME).status_code == 200


def test_row_046_the_next_minute_is_another(
    client: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.tokens import clock

    guess(client, world, world.service.client_id, 20)
    later = clock.now().replace(second=0).timestamp() + 60
    monkeypatch.setattr(clock, "now", lambda: clock.datetime.fromtimestamp(later, clock.UTC))
    assert ask(client, world, "token", world.service_auth, source=HOME).status_code == 200


def test_row_046_a_client_that_does_not_exist_is_counted_alike(
    client: Browser, world: World
) -> None:
    guess(client, world, "unknown-client", 20)
    response = ask(client, world, "token", ("unknown-client", "wrong"), source=HOME)
    assert_refused(response, 429, "temporarily_unavailable")


def test_row_046_right_secrets_count_for_nothing(client: Browser, world: World) -> None:
    slow, text = make_client_and_secret("service", secret="a-chosen-secret-of-old")
    for _ in range(25):
        for auth in (world.service_auth, (slow.client_id, text)):
            assert ask(client, world, "introspect", auth, source=HOME).status_code == 200


def test_row_046_the_right_secret_of_a_stopped_client_is_no_guess(
    client: Browser, world: World
) -> None:
    deactivate_client(actor=TESTER, client=world.service)
    for _ in range(25):
        response = ask(client, world, "token", world.service_auth, source=HOME)
        assert_refused(response, 401, "invalid_client")


def test_row_046_a_wrong_secret_of_a_stopped_client_is_a_guess(
    client: Browser, world: World
) -> None:
    deactivate_client(actor=TESTER, client=world.service)
    guess(client, world, world.service.client_id, 20)
    response = ask(client, world, "token", (world.service.client_id, "wrong"), source=HOME)
    assert_refused(response, 429, "temporarily_unavailable")


def test_row_046_a_slow_secret_is_counted_before_it_is_checked(
    client: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, _ = make_client_and_secret("service", secret="a-chosen-secret-of-old")
    checked: list[int] = []
    key = throttle.tries_at(slow.client_id, HOME, throttle_now()).key

    def check(*_: str) -> bool:
        checked.append(throttle.counts.get(key))
        return False

    monkeypatch.setattr("apps.oauth.authentication.verify_slow", check)
    guess(client, world, slow.client_id, 3)
    assert checked == [1, 2, 3]


def throttle_now():
    """The time as the endpoints see it."""
    from apps.tokens import clock

    return clock.now()


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8::1", "2001:db8:0:1::1", True),
        ("2001:db8::1", "2001:db8:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "nonsense", False),
    ],
)
def test_row_046_a_source_is_the_network_that_one_attacker_usually_has(
    one: str, other: str, is_same: bool
) -> None:
    now = throttle_now()
    keys = {throttle.tries_at("client", address, now).key for address in (one, other)}
    assert (len(keys) == 1) is is_same


def shared() -> Any:
    """Where all processes count: Redis itself, or what stands for it without one."""
    return getattr(cache, "redis", cache)


def test_row_046_the_count_of_all_processes_counts_where_it_is_larger(
    client: Browser, world: World, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://configured"
    monkeypatch.setattr(shared(), "add", lambda *args, **kwargs: True, raising=False)
    monkeypatch.setattr(shared(), "incr", lambda *args: 21, raising=False)
    response = ask(client, world, "token", (world.service.client_id, "wrong"), source=HOME)
    assert_refused(response, 429, "temporarily_unavailable")
    response = ask(client, world, "token", world.service_auth, source=HOME)
    assert_refused(response, 429, "temporarily_unavailable")


def test_row_046_without_redis_the_limit_is_stricter_and_never_off(
    client: Browser, world: World, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise RedisDown

    settings.REDIS_URL, settings.WEB_PROCESSES = "redis://configured", 4
    monkeypatch.setattr(shared(), "add", down, raising=False)
    guess(client, world, world.service.client_id, 5)
    response = ask(client, world, "token", (world.service.client_id, "wrong"), source=HOME)
    assert_refused(response, 429, "temporarily_unavailable")


def test_row_046_what_is_remembered_is_bounded() -> None:
    counts = throttle.Counts(size=3)
    for number in range(10):
        counts.add(str(number), 1, 0)
    assert [counts.get(str(number)) for number in (0, 6, 7, 9)] == [0, 0, 1, 1]
