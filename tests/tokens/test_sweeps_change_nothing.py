"""Whether and how often a sweep runs changes no answer (R14), and what makes a replay or a
revocation recognisable outlives all that it concerns (I7)."""

from dataclasses import astuple, fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.clients.services import activate_client, deactivate_client
from apps.systemlog.models import LogEvent
from apps.tokens import clock as edge
from apps.tokens.families import SWEEP_MARGIN, redeem_code, rotate
from apps.tokens.models import Grant, RevokedToken
from apps.tokens.store import GrantRow
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.client_auth import AuthMethod
from authzsite.domain.lifetimes import Lifetimes, access_expiry
from tests.factories import TESTER
from tests.oauth.grants_fixture import (
    REFUSED,
    Clock,
    World,
    authorize,
    body_of,
    client_credentials,
    exchange,
    is_active,
    make_world,
    outcome,
    post,
    refresh,
    revoke,
    tokens_of,
    userinfo,
)
from tests.oauth.races.assertions import assertion, make_asserting_world
from tests.tokens.sweeping import sweep

SECOND = timedelta(seconds=1)
RULE = {
    "access_token_minutes": 5,
    "refresh_token_minutes": 60,
    "refresh_window_minutes": 10,
}
AGES = (1, 299, 300, 599, 600, 3600, 86_399, 86_400, 90_000, 400 * 86_400)  # seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of the protocol endpoints stands still until it is moved."""
    moved = Clock(edge.now())
    monkeypatch.setattr(edge, "now", moved)
    return moved


def answers(clock: Clock, age: int, sweeps: int, **fields: Any) -> list[Any]:
    """What a family that was rotated once and then left alone for so long answers to everything
    that its client, or a thief, may send."""
    world = make_world(rule=RULE, **fields)
    code = authorize(world)
    first = tokens_of(exchange(world, code))
    second = tokens_of(refresh(world, first.refresh))
    other = authorize(world)  # never redeemed
    clock.advance(seconds=age)
    for _ in range(sweeps):
        sweep(clock.moment)
    return [
        [is_active(world, token) for token in (first.access, second.access, second.refresh)],
        userinfo(world, second.access).status_code,
        exchange(world, other).status_code,
        shape(refresh(world, second.refresh)),
        outcome(refresh(world, first.refresh)),  # a replay: the end of the family
        outcome(exchange(world, code)),
        is_active(world, second.access),
    ]


def shape(response: Any) -> tuple[int, list[str]]:
    """An answer without what is random in it."""
    return response.status_code, sorted(body_of(response))


@pytest.mark.django_db
@pytest.mark.parametrize("format", ["jwt", "opaque"])
@pytest.mark.parametrize("age", AGES)
def test_r14_no_sweep_one_or_two_the_answers_are_the_same(
    clock: Clock, age: int, format: str
) -> None:
    never = answers(clock, age, 0, token_format=format)
    assert answers(clock, age, 1, token_format=format) == never
    assert answers(clock, age, 2, token_format=format) == never


def rotated(clock: Clock, **rule: int) -> tuple[World, str, str, list[str]]:
    """A family that lives on: its code, its first refresh token, and its access tokens."""
    world = make_world(rule=RULE | rule)
    code = authorize(world)
    tokens = [tokens_of(exchange(world, code))]
    for _ in range(4):
        clock.advance(minutes=9)
        tokens.append(tokens_of(refresh(world, tokens[-1].refresh)))
    return world, code, tokens[0].refresh, [one.access for one in tokens]


@pytest.mark.django_db
@pytest.mark.parametrize("replay", ["code", "refresh token"])
def test_i7_an_old_generation_is_a_replay_as_long_as_any_token_of_the_family_lives(
    clock: Clock, replay: str
) -> None:
    world, code, first, access = rotated(clock)
    clock.advance(seconds=5 * 60 - 1)  # the last access token has a second to live
    sweep(clock.moment)
    assert is_active(world, access[-1])

    again = exchange(world, code) if replay == "code" else refresh(world, first)

    assert outcome(again) == REFUSED
    assert not is_active(world, access[-1])
    assert Grant.objects.get().revoked_at == clock.moment
    if replay == "refresh token":
        assert LogEvent.objects.filter(event_type="app.oauth2.as.token.detect_reuse").exists()


@pytest.mark.django_db
def test_i7_a_revoked_jwt_stays_revoked_until_its_last_second(clock: Clock) -> None:
    clock.advance(days=-3)  # the database, too, refuses to forget what could still live
    world = make_world(rule=RULE)
    tokens = client_credentials(world)
    revoke(world, tokens.access)

    clock.advance(seconds=5 * 60 - 1)
    sweep(clock.moment)
    assert RevokedToken.objects.exists() and not is_active(world, tokens.access)

    clock.advance(days=2, seconds=1)
    sweep(clock.moment)
    assert not RevokedToken.objects.exists() and not is_active(world, tokens.access)


@pytest.mark.django_db
def test_i7_a_used_assertion_can_not_be_used_again_after_a_sweep(clock: Clock) -> None:
    world = make_asserting_world()
    form = {"grant_type": "client_credentials", "scope": "orders:read"} | assertion(world, "once")
    assert post(world, "token", form).status_code == 200
    for _ in range(6):
        clock.advance(seconds=60)
        sweep(clock.moment)
        assert outcome(post(world, "token", form)) == (401, "invalid_client")


@pytest.mark.django_db
def test_i6_dead_stays_dead_when_its_row_is_gone(clock: Clock) -> None:
    world, code, _, access = rotated(clock)
    deactivate_client(actor=TESTER, client=world.client)
    sweep(Grant.objects.get().sweep_after)
    assert not Grant.objects.exists()

    activate_client(actor=TESTER, client=world.client)

    assert outcome(exchange(world, code)) == REFUSED
    assert not any(is_active(world, token) for token in access)


CLIENT = ClientSnapshot(
    id="0oa",
    client_id="0oa",
    name="",
    type="web",
    is_active=True,
    version=1,
    epoch=1,
    created=datetime(2030, 1, 1, tzinfo=UTC),
    grant_types=frozenset(),
    auth_method=AuthMethod.BASIC,
)


def a_grant(lifetimes: Lifetimes, **values: Any) -> GrantRow:
    """The row of a grant as far as its updates look at it."""
    blank: dict[str, Any] = {column.name: None for column in fields(GrantRow)}
    given = " ".join(map(str, astuple(lifetimes)))
    return GrantRow(**blank | {"id": "oar", "lifetimes": given, "refresh_digest": ""} | values)


moments = st.lists(st.integers(0, 10**6), min_size=1, max_size=8)


@given(
    access=st.integers(300, 86_400),
    absolute=st.integers(0, 10**6),
    idle=st.integers(600, 10**6),
    steps=moments,
    has_refresh=st.booleans(),
)
def test_i7_no_token_of_a_family_outlives_its_row_by_design(
    access: int, absolute: int, idle: int, steps: list[int], has_refresh: bool
) -> None:
    lifetimes, now = Lifetimes(access, absolute, idle), datetime(2030, 1, 1, tzinfo=UTC)
    grant = a_grant(lifetimes)
    step = redeem_code(grant, "", now, with_refresh=has_refresh)
    rows, ends = [step.update.values], [access_expiry(lifetimes, now, step.absolute)]
    for seconds in steps if has_refresh else []:
        now += timedelta(seconds=seconds)
        grant = a_grant(lifetimes, **rows[-1])
        step = rotate(grant, CLIENT, "presented", (), now)
        rows.append({**rows[-1], **step.update.values})
        ends.append(access_expiry(lifetimes, now, step.absolute))
        ends.append(rows[-1]["idle_expires_at"])

    assert all(row["sweep_after"] >= max(ends[: n + 1]) for n, row in enumerate(rows))
    assert rows[-1]["sweep_after"] >= max(ends) + SWEEP_MARGIN
    assert all(a["sweep_after"] <= b["sweep_after"] for a, b in pairwise(rows))
