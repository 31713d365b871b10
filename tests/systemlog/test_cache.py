"""F9 to F12: the cache answers whatever becomes of Redis, and limits get stricter, never absent."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from redis.exceptions import RedisError

from apps.systemlog.models import CachedValue
from apps.systemlog.nudge import Breaker
from authzsite import caches
from tests.factories import make_user
from tests.oauth.flow import Browser, sign_in
from tests.services import free_port
from tests.systemlog.test_broker import BlackHole

pytestmark = pytest.mark.django_db
OPTIONS = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}


def use(settings: Any, url: str) -> None:
    """A cache at this Redis, with the breaker closed."""
    backend = "authzsite.caches.SteadyRedisCache"
    one = {"BACKEND": backend, "LOCATION": url, "KEY_PREFIX": "t", "OPTIONS": OPTIONS}
    settings.CACHES = {"default": one}


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Breaker:
    """Each test begins with a Redis that is believed to answer."""
    breaker = Breaker(caches.OPEN_SECONDS)
    monkeypatch.setattr(caches, "breaker", breaker)
    return breaker


@pytest.fixture
def dead(settings: Any) -> None:
    """Nobody listens."""
    use(settings, f"redis://127.0.0.1:{free_port()}/0")


@pytest.fixture
def hung(settings: Any) -> Iterator[BlackHole]:
    """Somebody listens and says nothing."""
    hole = BlackHole()
    use(settings, hole.url)
    yield hole
    hole.close()


def use_everything() -> None:
    """What a cache is asked for, with the answers that it has to give."""
    assert cache.add("a", 1, timeout=60) is True
    assert cache.add("a", 2, timeout=60) is False
    assert cache.get("a") == 1 and cache.has_key("a")  # noqa: W601
    assert cache.incr("a", 4) == 5
    cache.set("b", ["x"], 60)
    assert cache.get_many(["a", "b", "c"]) == {"a": 5, "b": ["x"]}
    assert cache.touch("b", 60) and not cache.touch("c", 60)
    cache.set_many({"c": 1, "d": 2}, 60)
    cache.delete_many(["c"])
    assert cache.delete("d") and not cache.delete("d")
    assert cache.get("c", "none") == "none"
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")
    cache.clear()
    assert cache.get("a") is None


def test_with_redis_it_is_redis(settings: Any, redis_url: str) -> None:
    use(settings, redis_url)
    use_everything()
    cache.set("kept", 1)
    assert not CachedValue.objects.exists()
    cache.clear()


def test_f9_without_redis_it_is_the_database(dead: None) -> None:
    use_everything()
    cache.set("kept", 1)
    assert CachedValue.objects.get().cache_key == "t:1:kept"


def test_f10_a_redis_that_hangs_is_asked_once_in_a_while(
    hung: BlackHole, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        use_everything()
    assert len(hung.connections) == 1
    assert len(caplog.records) == 1


@pytest.mark.parametrize("answer", ["-READONLY You can't write", "-OOM command not allowed"])
def test_f12_a_redis_that_takes_nothing_is_none(
    answer: str, dead: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.cache.backends.redis import RedisCache
    from redis.exceptions import ResponseError

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ResponseError(answer)

    for name in ("add", "set", "delete", "incr"):
        monkeypatch.setattr(RedisCache, name, refuse)
    assert cache.add("a", 1) and not cache.add("a", 1) and cache.get("a") == 1


def test_who_has_a_way_of_its_own_is_told(dead: None) -> None:
    strict: Any = cache
    for _ in range(2):  # the second answer is the breaker's own
        with pytest.raises(RedisError):
            strict.redis.incr("a")
    assert not CachedValue.objects.exists()


@pytest.mark.parametrize("state", ["dead", "hung"])
def test_f9_people_sign_in_and_guessing_is_limited_without_redis(
    state: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(state)
    user, other = make_user(), make_user()
    assert sign_in(Browser(), user).status_code == 302
    answers = [sign_in(Browser(), other, "wrong password") for _ in range(12)]
    assert {answer.status_code for answer in answers} <= {200, 429}
    assert sign_in(Browser(), other).status_code != 302  # the right one comes too late
    assert sign_in(Browser(), user).status_code == 302
