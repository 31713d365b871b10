"""Guesses at passwords: counted before they are verified, per account however it is spelled, per
network, and all together; a browser that is known has a count of its own (rows 232 to 236)."""

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisDown

from apps.directory import attempts
from apps.directory.attempts import limits, people, turns
from apps.directory.attempts.take import TooManyError, take
from apps.directory.models import Attempt, User
from apps.directory.services import deactivate_user, lock_user, set_password, suspend_user
from tests.factories import PASSWORD, TESTER, make_user
from tests.hashers import QuickHasher
from tests.oauth.flow import Browser, Response, sign_in
from tests.races import at_once

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
STRANGER = "203.0.113.9"


@pytest.fixture(autouse=True)
def one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window ends in the middle of a test."""
    now = people.timezone.now().replace(minute=2, second=2)
    monkeypatch.setattr(people.timezone, "now", lambda: now)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every hash that is computed, by what for."""
    found: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        original = getattr(QuickHasher, name)

        def call(self: QuickHasher, *args: Any) -> Any:
            found.append(name)
            return original(self, *args)

        return call

    for name in ("encode", "verify"):
        monkeypatch.setattr(QuickHasher, name, counted(name))
    return found


def guess(login: str, password: str = "wrong password", address: str = STRANGER) -> Response:
    """One sign-in from somewhere."""
    return Browser(REMOTE_ADDR=address).post(LOGIN, {"login": login, "password": password})


def test_row_232_after_ten_wrong_ones_the_right_one_is_not_looked_at(hashes: list[str]) -> None:
    victim = make_user()
    hashes.clear()
    statuses = [guess(victim.login).status_code for _ in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    answer = guess(victim.login, PASSWORD)
    assert answer.status_code == 429 and 0 < int(answer.headers["Retry-After"]) <= 300
    assert hashes == ["verify"] * 10


def test_row_232_right_passwords_count_for_nothing() -> None:
    user = make_user()
    for _ in range(15):
        assert guess(user.login, PASSWORD).status_code == 302


@pytest.mark.parametrize("end", [suspend_user, lock_user, deactivate_user])
def test_row_230_the_right_password_of_who_may_not_sign_in_is_counted_as_wrong(
    end: Callable[..., User],
) -> None:
    user = make_user()
    end(actor=TESTER, user=user)
    statuses = [guess(user.login, PASSWORD).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


def test_row_230_every_refusal_costs_one_hash_and_says_the_same(hashes: list[str]) -> None:
    logins = {name: f"{name}@example.com" for name in ("wrongs", "lockeds", "stopped", "nothing")}
    for login in logins.values():
        make_user(login=login, email=f"mail-{login}")
    lock_user(actor=TESTER, user=User.objects.get(login=logins["lockeds"]))
    deactivate_user(actor=TESTER, user=User.objects.get(login=logins["stopped"]))
    User.objects.filter(login=logins["nothing"]).update(password="!no-password-was-ever-set")
    logins["unknown"] = "unknown@example.com"
    hashes.clear()
    seen = set()
    for login in logins.values():
        for password in ("wrong password", PASSWORD):
            if (login, password) == (logins["wrongs"], PASSWORD):
                continue
            answer = guess(login, password)
            text = answer.content.decode().replace(login, "login")
            seen.add((answer.status_code, len(text), len(hashes)))
            hashes.clear()
    assert len(seen) == 1 and {count for _, _, count in seen} == {1}


@pytest.mark.django_db(transaction=True)
def test_row_232_of_a_hundred_at_once_never_more_than_the_limit_are_verified(
    monkeypatch: pytest.MonkeyPatch, hashes: list[str]
) -> None:
    monkeypatch.setattr(turns, "turns", turns.Turns(at_once=2, waiting=100))
    victim = make_user()
    hashes.clear()
    at_once(*[lambda: guess(victim.login).status_code for _ in range(100)])
    assert 1 <= hashes.count("verify") <= limits.ACCOUNT_AT_SOURCE.most
    assert guess(victim.login, PASSWORD).status_code in (200, 302, 429)


@pytest.mark.django_db(transaction=True)
def test_row_232_without_redis_the_row_alone_holds_the_limit(
    monkeypatch: pytest.MonkeyPatch, hashes: list[str], settings: Any
) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise RedisDown

    settings.REDIS_URL = "redis://configured"
    monkeypatch.setattr(getattr(cache, "redis", cache), "add", down, raising=False)
    monkeypatch.setattr(turns, "turns", turns.Turns(at_once=2, waiting=100))
    victim = make_user()
    hashes.clear()
    at_once(*[lambda: guess(victim.login).status_code for _ in range(40)])
    assert 1 <= hashes.count("verify") <= limits.ACCOUNT_AT_SOURCE.most


def test_an_empty_redis_is_no_fresh_start() -> None:
    victim = make_user()
    for _ in range(10):
        guess(victim.login)
    cache.clear()
    assert guess(victim.login, PASSWORD).status_code == 429


@pytest.mark.parametrize("shared", [0, 5, 11])
def test_the_stricter_of_redis_and_the_row_decides(
    shared: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.directory.attempts.take.shared_count", lambda *_: shared)
    now = people.timezone.now()
    tally = limits.DEVICE.tally(now, "account")
    if shared > limits.DEVICE.most:
        with pytest.raises(TooManyError):
            take([tally], now)
        assert not Attempt.objects.exists()  # the database is spared
        return
    for _ in range(limits.DEVICE.most):
        take([tally], now)
    with pytest.raises(TooManyError):
        take([tally], now)


@pytest.mark.parametrize(
    "typed",
    [
        *("ada@example.com", "ADA@Example.COM", " ada@example.com ", "ada@example.com\u200b"),
        *("ａda@example.com", "a da@example.com", "mail@example.org", "MAIL@example.org"),
    ],
)
def test_row_233_one_count_for_all_spellings_of_an_account(typed: str) -> None:
    make_user(login="ada@example.com", email="mail@example.org")
    for _ in range(10):
        guess(typed)
    assert guess("ada@example.com", PASSWORD).status_code == 429


def test_row_233_spellings_share_the_count_whichever_comes() -> None:
    make_user(login="ada@example.com")
    spellings = ["ada@example.com", "Ada@example.com", "ada@example.com ", "ADA@EXAMPLE.COM"]
    statuses = [guess(spellings[number % 4]).status_code for number in range(11)]
    assert statuses == [200] * 10 + [429]


def test_row_234_a_known_browser_gets_in_whatever_strangers_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    victim, home = make_user(), Browser()
    sign_in(home, victim)
    home.post("/accounts/logout/")
    for name in ("ACCOUNT_AT_SOURCE", "SOURCE", "ACCOUNT", "EVERYTHING"):
        limit = getattr(limits, name)
        none = limits.Limit(limit.kind, 0, limit.seconds)
        monkeypatch.setattr(limits, name, none)
    assert sign_in(Browser(), victim).status_code == 429
    assert sign_in(home, victim).status_code == 302


def test_row_234_a_known_browser_has_its_own_limit_and_for_its_account_only() -> None:
    owner, other, home = make_user(), make_user(), Browser()
    sign_in(home, owner)
    home.post("/accounts/logout/")
    statuses = [sign_in(home, owner, "wrong password").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    assert people.known_device(people.account_of(other.login), browser_with(home)) == ""


def browser_with(browser: Browser) -> people.Browser:
    """The cookies that a browser sends."""
    return people.Browser(STRANGER, {name: one.value for name, one in browser.cookies.items()})


@pytest.mark.parametrize("value", ["", "x", "WyJhIiwiYiJd:1abcde:forged", "a" * 9000])
def test_row_234_a_forged_device_is_a_stranger(value: str) -> None:
    user = make_user()
    browser = people.Browser(STRANGER, {attempts.DEVICE_COOKIE: value})
    assert people.known_device(people.account_of(user.login), browser) == ""


def test_row_235_one_password_against_many_accounts_meets_the_sources_limit() -> None:
    statuses = [guess(f"user{number}@example.com").status_code for number in range(31)]
    assert statuses == [200] * 30 + [429]
    neighbour = guess("another@example.com", address="203.0.113.200")
    elsewhere = guess("another@example.com", address="198.51.100.1")
    assert (neighbour.status_code, elsewhere.status_code) == (429, 200)


def test_row_235_all_sources_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EVERYTHING", limits.Limit("everything", 5, 60))
    statuses = [guess(f"u{n}@example.com", address=f"10.0.{n}.1").status_code for n in range(6)]
    assert statuses == [200] * 5 + [429]


def test_row_235_a_header_of_a_stranger_is_no_address() -> None:
    victim = make_user()
    for number in range(10):
        browser = Browser(REMOTE_ADDR=STRANGER, HTTP_X_FORWARDED_FOR=f"10.1.{number}.1")
        browser.post(LOGIN, {"login": victim.login, "password": "wrong password"})
    assert guess(victim.login, PASSWORD).status_code == 429


def test_row_235_behind_our_proxy_the_last_hop_that_is_not_ours_counts(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    victim = make_user()
    for number in range(10):
        hops = f"192.0.{number}.7, {STRANGER}, 10.0.0.2"  # the first is the stranger's own claim
        browser = Browser(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=hops)
        browser.post(LOGIN, {"login": victim.login, "password": "wrong password"})
    assert guess(victim.login, PASSWORD).status_code == 429
    assert guess(victim.login, PASSWORD, address="198.51.100.1").status_code == 302


def test_row_236_a_megabyte_is_refused_unhashed(hashes: list[str]) -> None:
    user = make_user()
    hashes.clear()
    assert guess(user.login, "x" * 1_100_000).status_code == 400
    assert guess(user.login, "x" * 201).status_code == 200
    assert hashes == [] or hashes == ["encode"]


@pytest.mark.parametrize("length", [72, 73, 128, 199])
def test_row_236_the_last_octet_counts(length: int) -> None:
    user = make_user()
    password = "correct horse " * 20
    set_password(actor=TESTER, user=user, password=password[:length] + "a")
    user.refresh_from_db()
    assert check_password(password[:length] + "a", user.password)
    assert not check_password(password[:length] + "b", user.password)


def test_row_320_who_finds_no_core_is_told_to_come_again_and_not_counted(
    monkeypatch: pytest.MonkeyPatch, hashes: list[str]
) -> None:
    full = turns.Turns(at_once=1, waiting=0)
    monkeypatch.setattr(turns, "turns", full)
    user = make_user()
    hashes.clear()
    with full.turn():
        answers = [guess(user.login) for _ in range(12)]
    assert {a.status_code for a in answers} == {429} and hashes == []
    assert guess(user.login, PASSWORD).status_code == 302


def test_what_is_kept_tells_neither_account_nor_address() -> None:
    user = make_user()
    guess(user.login)
    rows = list(Attempt.objects.values_list("key", "count"))
    assert len(rows) == 4 and all(len(key) == 64 and count == 1 for key, count in rows)


def test_counting_a_guess_is_one_statement(django_assert_num_queries: Any) -> None:
    now = people.timezone.now()
    tallies = [limit.tally(now, "a") for limit in (limits.SOURCE, limits.ACCOUNT)]
    with django_assert_num_queries(1):
        take(tallies, now)
