"""Deadlines of refresh families (R14): rows 148 to 151. Dead at the deadline, by arithmetic, with
no sweep running."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.policies.services import update_rule
from apps.tokens.models import Grant
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER, make_policy, make_rule
from tests.oauth.grants_fixture import (
    REFUSED,
    Clock,
    authorize,
    exchange,
    introspect,
    is_active,
    make_world,
    outcome,
    refresh,
    sign_in,
    tokens_of,
)
from tests.oauth.refresh.test_rotation import last_reason

pytestmark = pytest.mark.django_db
MILLISECOND = timedelta(milliseconds=1)
MOMENTS = [
    datetime(2028, 2, 28, 23, 59, 30, tzinfo=UTC),  # before a leap day
    datetime(2030, 3, 31, 0, 59, 30, tzinfo=UTC),  # clocks go forward in Europe
    datetime(2030, 10, 27, 0, 59, 30, tzinfo=UTC),  # and back
    datetime(2038, 1, 19, 3, 13, 0, tzinfo=UTC),  # before 32-bit seconds overflow
    datetime(2029, 6, 1, 12, 0, 0, 999_999, tzinfo=UTC),
]


def test_148_an_idle_token_is_refused_from_the_deadline_itself(clock: Clock) -> None:
    world = make_world(rule={"refresh_window_minutes": 60})
    first = sign_in(world)
    clock.advance(minutes=60)

    assert outcome(refresh(world, first.refresh)) == REFUSED
    assert last_reason("app.oauth2.as.token.grant") == "idle"
    clock.advance(days=1)
    assert outcome(refresh(world, first.refresh)) == REFUSED
    assert not is_active(world, first.refresh)


def test_149_the_absolute_deadline_is_inherited_whatever_the_use(clock: Clock) -> None:
    world = make_world(rule={"refresh_token_minutes": 185, "refresh_window_minutes": 120})
    begin = clock.moment
    token = sign_in(world).refresh
    for _ in range(3):
        clock.advance(hours=1)
        answer = tokens_of(refresh(world, token))
        token = answer.refresh

    assert answer.answer["expires_in"] == 5 * 60
    assert Grant.objects.get().expires_at == begin + timedelta(minutes=185)
    clock.advance(minutes=5)
    assert outcome(refresh(world, token)) == REFUSED
    assert last_reason("app.oauth2.as.token.grant") == "expired"
    assert not is_active(world, answer.access)


@pytest.mark.parametrize("start", MOMENTS, ids=str)
@pytest.mark.parametrize(("kind", "minutes"), [("idle", 60), ("absolute", 180)])
def test_150_alive_a_millisecond_before_the_deadline_dead_at_it(
    start: datetime, kind: str, minutes: int, clock: Clock
) -> None:
    window = 60 if kind == "idle" else 180
    rule = {"refresh_token_minutes": 180, "refresh_window_minutes": window}
    world = make_world(rule=rule, rotation_type="STATIC")
    clock.moment = start
    token = sign_in(world).refresh

    clock.moment = start + timedelta(minutes=minutes) - MILLISECOND
    assert is_active(world, token)
    for later in (MILLISECOND, MILLISECOND):
        clock.moment += later
        assert not is_active(world, token)
        assert outcome(refresh(world, token)) == REFUSED


@pytest.mark.parametrize("start", MOMENTS, ids=str)
@pytest.mark.parametrize("token_format", ["jwt", "opaque"])
def test_150_access_tokens_die_no_later_than_they_say(
    start: datetime, token_format: str, clock: Clock
) -> None:
    world = make_world(token_format=token_format, rule={"access_token_minutes": 5})
    clock.moment = start
    token = sign_in(world).access
    exp = datetime.fromtimestamp(introspect(world, token)["exp"], UTC)

    clock.moment = exp - MILLISECOND
    assert is_active(world, token)
    clock.moment = start + timedelta(minutes=5)
    assert not is_active(world, token)


@pytest.mark.parametrize("start", MOMENTS, ids=str)
def test_150_a_code_dies_at_its_deadline(start: datetime, clock: Clock) -> None:
    world = make_world()
    clock.moment = start
    early, late = authorize(world), authorize(world)

    clock.moment = start + timedelta(seconds=60) - MILLISECOND
    assert exchange(world, early).status_code == 200
    clock.moment += MILLISECOND
    assert outcome(exchange(world, late)) == REFUSED


@pytest.mark.parametrize(
    "lifetimes",
    [
        {"access_token_minutes": 0},
        {"access_token_minutes": -5},
        {"access_token_minutes": 10**12},
        {"refresh_token_minutes": 10**12},
        {"refresh_token_minutes": -1},
        {"refresh_window_minutes": 0},
        {"refresh_window_minutes": 10**12},
    ],
    ids=str,
)
def test_150_absurd_lifetimes_are_refused_when_written(lifetimes: dict[str, Any]) -> None:
    world = make_world()

    with pytest.raises(InvalidError):
        make_rule(make_policy(world.server), **lifetimes)


def test_150_a_family_without_absolute_end_lives_on_use(clock: Clock) -> None:
    world = make_world(rule={"refresh_token_minutes": 0, "refresh_window_minutes": 2_628_000})
    token = sign_in(world).refresh

    for _ in range(3):
        clock.advance(days=365 * 4)
        token = tokens_of(refresh(world, token)).refresh

    assert Grant.objects.get().expires_at is None


def test_151_shorter_lifetimes_in_the_rule_end_what_was_issued_under_it() -> None:
    """The design goes further than the row's minimum of both: another lifetime revokes (R15)."""
    world = make_world()
    first = sign_in(world)

    update_rule(
        actor=TESTER, server_id=world.server.pk, rule_id=world.rule.pk, access_token_minutes=5
    )

    assert outcome(refresh(world, first.refresh)) == REFUSED
    assert not is_active(world, first.access)
