"""Rotation, leeway and reuse (R13): rows 132 to 142 of the security cases, those that need no
race."""

import pytest
from django.core.cache import cache

from apps.oauth import runtime
from apps.systemlog.models import LogEvent
from apps.tokens.models import Grant
from tests.oauth.grants_fixture import (
    REFUSED,
    Clock,
    World,
    body_of,
    is_active,
    make_world,
    outcome,
    refresh,
    revoke,
    sign_in,
    tokens_of,
    userinfo,
)

pytestmark = pytest.mark.django_db
FORMATS = pytest.mark.parametrize("token_format", ["jwt", "opaque"])
LIMITED = {"refresh_token_minutes": 600, "refresh_window_minutes": 600}


def last_reason(event_type: str) -> str:
    """Why the newest event of a type came about."""
    return LogEvent.objects.filter(event_type=event_type).order_by("-pk")[0].reason


def assert_dead(world: World, *texts: str) -> None:
    """None of these tokens is worth anything."""
    assert [text for text in texts if is_active(world, text)] == []


@FORMATS
def test_132_a_refresh_supersedes_its_token_and_keeps_the_family(
    token_format: str, clock: Clock
) -> None:
    world = make_world(token_format=token_format, rule=LIMITED)
    first = sign_in(world)
    before = Grant.objects.get()
    clock.advance(minutes=5)

    second = tokens_of(refresh(world, first.refresh))

    after = Grant.objects.get()
    assert second.refresh not in ("", first.refresh)
    assert (after.pk, after.expires_at) == (before.pk, before.expires_at)
    assert not is_active(world, first.refresh) and is_active(world, second.refresh)
    assert is_active(world, first.access) and is_active(world, second.access)


@FORMATS
@pytest.mark.parametrize(("leeway", "seconds"), [(0, 0), (10, 11), (10, 10)])
def test_133_a_superseded_token_after_its_leeway_ends_the_family(
    token_format: str, leeway: int, seconds: int, clock: Clock
) -> None:
    world = make_world(token_format=token_format, leeway=leeway)
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))
    clock.advance(seconds=seconds)

    assert outcome(refresh(world, first.refresh)) == REFUSED

    assert_dead(world, first.access, first.refresh, second.access, second.refresh)
    assert userinfo(world, second.access).status_code == 401
    assert outcome(refresh(world, second.refresh)) == REFUSED
    assert last_reason("app.oauth2.as.token.detect_reuse") == "replayed"


def test_134_a_token_two_rotations_old_is_reuse_inside_the_leeway_too() -> None:
    world = make_world(leeway=60)
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))
    third = tokens_of(refresh(world, second.refresh))

    assert outcome(refresh(world, first.refresh)) == REFUSED

    assert_dead(world, second.refresh, third.refresh, third.access)


def test_135_a_retry_inside_the_leeway_gets_the_same_successor(clock: Clock) -> None:
    world = make_world(leeway=10)
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))
    clock.advance(seconds=9)

    again = tokens_of(refresh(world, first.refresh))

    assert again.refresh == second.refresh
    assert is_active(world, again.refresh) and is_active(world, second.access)


def test_135_a_retry_for_another_scope_is_reuse() -> None:
    world = make_world(leeway=10)
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))

    assert outcome(refresh(world, first.refresh, scope="orders:read")) == REFUSED

    assert_dead(world, second.refresh)


def test_136_a_predecessor_whose_successor_was_used_is_reuse() -> None:
    world = make_world(leeway=60)
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))
    assert tokens_of(refresh(world, first.refresh)).refresh == second.refresh
    third = tokens_of(refresh(world, second.refresh))

    assert outcome(refresh(world, first.refresh)) == REFUSED

    assert_dead(world, third.refresh, third.access)


def test_137_the_leeway_never_revives_what_was_revoked() -> None:
    world = make_world(leeway=60)
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))
    assert revoke(world, second.refresh).status_code == 200

    assert outcome(refresh(world, first.refresh)) == REFUSED

    assert last_reason("app.oauth2.as.token.grant") == "revoked:client"
    assert "app.oauth2.as.token.detect_reuse" not in LogEvent.objects.values_list(
        "event_type", flat=True
    )


def test_137_a_superseded_token_revokes_its_family_too() -> None:
    world = make_world(leeway=60)
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))

    assert revoke(world, first.refresh).status_code == 200

    assert_dead(world, second.refresh, second.access, first.access)


def test_138_rotations_within_one_moment_are_told_apart(clock: Clock) -> None:
    world = make_world()
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))
    third = tokens_of(refresh(world, second.refresh))

    assert outcome(refresh(world, first.refresh)) == REFUSED

    assert_dead(world, third.refresh)


def test_139_reuse_is_recognised_without_any_memory_but_the_database() -> None:
    world = make_world()
    first = sign_in(world)
    second = tokens_of(refresh(world, first.refresh))
    cache.clear()
    runtime.clear()

    assert outcome(refresh(world, first.refresh)) == REFUSED

    assert_dead(world, second.refresh)


def test_a_static_refresh_token_stays_the_same_and_its_window_slides(clock: Clock) -> None:
    world = make_world(rotation_type="STATIC", rule={"refresh_window_minutes": 60})
    first = sign_in(world)

    for _ in range(3):
        clock.advance(minutes=50)
        assert tokens_of(refresh(world, first.refresh)).refresh == first.refresh

    clock.advance(minutes=60)
    assert outcome(refresh(world, first.refresh)) == REFUSED


@pytest.mark.parametrize("generations", [2, 12])
def test_165_a_replay_costs_the_same_whatever_the_number_of_generations(
    generations: int, django_assert_max_num_queries
) -> None:
    world = make_world()
    first = sign_in(world)
    last = first
    for _ in range(generations):
        last = tokens_of(refresh(world, last.refresh))

    # read, BEGIN, update, event, COMMIT, in one on PostgreSQL; then the refusal's own event
    with django_assert_max_num_queries(6):
        response = refresh(world, first.refresh)

    assert outcome(response) == REFUSED
    assert_dead(world, last.refresh, last.access)


def test_no_answer_says_why() -> None:
    world = make_world()
    first = sign_in(world)
    tokens_of(refresh(world, first.refresh))
    replayed = body_of(refresh(world, first.refresh))
    garbage = body_of(refresh(world, "azrt_nothing"))

    assert replayed["error_description"] == garbage["error_description"]
