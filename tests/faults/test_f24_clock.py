"""F24: the clock of the application's host jumps: tokens may end early, nothing comes back (I6)."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest

from apps.systemlog.jobs import Job, Progress, run_job
from apps.systemlog.models import PeriodicJob
from apps.tokens import clock
from apps.tokens.models import Grant
from tests.oauth.grants_fixture import (
    REFUSED,
    Clock,
    World,
    client_credentials,
    introspect,
    is_active,
    make_world,
    outcome,
    post,
    refresh,
    revoke,
    sign_in,
    tokens_of,
)
from tests.oauth.races.endings import ENDINGS, Ending
from tests.tokens.sweeping import sweep

pytestmark = pytest.mark.django_db
JUMPS = [timedelta(hours=1), timedelta(days=1)]
LEASE = timedelta(seconds=60)


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one clock, which the test moves."""
    hands = Clock(clock.now())
    monkeypatch.setattr(clock, "now", hands)
    return hands


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_F24_forward_tokens_end_early_and_nothing_else(
    moved: Clock, jump: timedelta, token_format: str
) -> None:
    world = make_world(token_format=token_format, rule={"access_token_minutes": 5}, leeway=30)
    tokens = sign_in(world)
    moved.moment += jump
    assert not is_active(world, tokens.access)
    assert is_active(world, tokens.refresh)
    moved.moment -= jump
    assert is_active(world, tokens.access), "nothing had been marked"
    assert tokens_of(refresh(world, tokens.refresh))


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_F24_backward_nothing_that_was_ended_comes_back(
    moved: Clock, jump: timedelta, ending: Ending
) -> None:
    world = make_world(leeway=30)
    tokens, own = sign_in(world), client_credentials(world)
    ending(world)
    ended = [t for t in (tokens.access, tokens.refresh, own.access) if not is_alive(world, t)]
    assert {tokens.access, tokens.refresh} <= set(ended)
    moved.moment -= jump
    assert not any(is_alive(world, text) for text in ended)


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_F24_backward_what_was_revoked_stays_so(
    moved: Clock, jump: timedelta, token_format: str
) -> None:
    world = make_world(token_format=token_format, leeway=30)
    tokens, family = sign_in(world), sign_in(world)
    revoke(world, tokens.access)
    revoke(world, family.refresh)
    moved.moment -= jump
    sweep(clock.now())
    assert not any(is_active(world, text) for text in (tokens.access, family.access))
    assert outcome(refresh(world, family.refresh)) == REFUSED


@pytest.mark.parametrize("jump", JUMPS)
def test_F24_backward_the_leeway_of_a_used_refresh_token_doesnt_open_again(
    moved: Clock, jump: timedelta
) -> None:
    world = make_world(leeway=30)
    first = sign_in(world)
    successor = tokens_of(refresh(world, first.refresh))
    moved.moment -= jump
    assert outcome(refresh(world, first.refresh)) == REFUSED
    assert not is_active(world, successor.access), "a replay ends the family"


def test_F24_hosts_that_differ_by_seconds_share_a_leeway(moved: Clock) -> None:
    world = make_world(leeway=30)
    first = sign_in(world)
    successor = tokens_of(refresh(world, first.refresh)).refresh
    moved.moment -= timedelta(seconds=5)
    assert tokens_of(refresh(world, first.refresh)).refresh == successor


@pytest.mark.parametrize("jump", JUMPS)
def test_F24_backward_a_use_doesnt_shorten_the_idle_window(moved: Clock, jump: timedelta) -> None:
    world = make_world(leeway=0)
    tokens = sign_in(world)
    before = Grant.objects.get()
    moved.moment -= jump
    tokens_of(refresh(world, tokens.refresh))
    grant = Grant.objects.get()
    assert grant.last_used_at == before.last_used_at
    assert grant.idle_expires_at == before.idle_expires_at


@pytest.mark.parametrize("jump", [*JUMPS, *(-jump for jump in JUMPS)])
@pytest.mark.parametrize("token_format", ["opaque", "jwt"])
def test_F24_no_lifetime_is_negative_and_no_token_comes_from_the_future(
    moved: Clock, jump: timedelta, token_format: str
) -> None:
    world = make_world(token_format=token_format, leeway=30)
    refresh_token = sign_in(world).refresh
    moved.moment += jump
    tokens = tokens_of(refresh(world, refresh_token))
    told = introspect(world, tokens.access)
    assert tokens.answer["expires_in"] > 0
    assert told["exp"] > told["iat"] == int(moved.moment.timestamp())
    if token_format == "jwt":
        claims = claims_of(tokens.access)
        assert claims["exp"] > claims["iat"] == told["iat"]


@pytest.mark.parametrize("jump", JUMPS)
def test_F24_backward_a_lease_isnt_held_for_ever(jump: timedelta) -> None:
    """I5: its holder died just before; the job doesn't wait until the old time comes again."""
    job = Job("clock-test", 300, "Clock")
    now = clock.now()
    assert run_job(job, nothing, clock=lambda: now)
    PeriodicJob.objects.filter(name=job.name).update(holder="dead", leased_until=now + LEASE)
    assert run_job(job, nothing, clock=lambda: now - jump)


def nothing(progress: Progress) -> None:
    """A run that finds nothing to do."""


def is_alive(world: World, text: str) -> bool:
    """Also when the client that would ask is gone."""
    response = refresh(world, text) if text.startswith("azrt_") else None
    if response is not None:
        return response.status_code == 200
    asked = post(world, "introspect", {"token": text})
    return asked.status_code == 200 and bool(json.loads(asked.content)["active"])


def claims_of(token: str) -> dict[str, int]:
    """The payload of a JWT, unverified."""
    payload = token.split(".")[1]
    found: dict[str, int] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found
