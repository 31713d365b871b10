"""R6: assignments and rules for a time. At the instant of their end what stands on them is dead, by
arithmetic; a job follows, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.clients.services import (
    assign_group,
    assign_user,
    unassign_user,
    update_group_assignment,
    update_user_assignment,
)
from apps.clients.services.validity import follow_ended_assignments
from apps.directory.selectors import everyone
from apps.policies.services import update_rule
from apps.systemlog.models import LogEvent, PeriodicJob, RevocationJob
from apps.tokens import clock
from apps.tokens.models import AccessToken, Grant
from apps.tokens.tasks import follow_validity, run_revocation_job
from tests.factories import TESTER, make_group
from tests.oauth.grants_fixture import (
    REFUSED,
    Clock,
    World,
    authorize,
    client_credentials,
    exchange,
    is_active,
    make_world,
    outcome,
    refresh,
    sign_in,
    tokens_of,
    userinfo,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hands")]
formats = pytest.mark.parametrize("token_format", ["jwt", "opaque"])
END = datetime(2040, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
EVENTS = LogEvent.objects.filter(event_type__startswith="app.oauth2.token.revoke.implicit.")


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time everywhere: half a minute before the end."""
    hands = Clock(END - timedelta(seconds=30))
    monkeypatch.setattr(clock, "now", hands)
    monkeypatch.setattr("django.utils.timezone.now", hands)
    return hands


def conditions(until: datetime | None) -> list[dict[str, Any]]:
    """Everyone may have everything, until then."""
    window = [{"type": "validity", "valid_until": until.isoformat()}] if until else []
    return [
        {"type": "grant_types", "include": ["authorization_code", "client_credentials"]},
        {"type": "people", "include_groups": ["EVERYONE"]},
        {"type": "scopes", "include": ["*"]},
        *window,
    ]


def by_rule(token_format: str = "jwt") -> World:
    """A world whose rule ends at END."""
    return make_world(token_format=token_format, rule={"conditions": conditions(END)})


def by_user(token_format: str = "jwt") -> World:
    """One whose user is assigned until END."""
    world = make_world(token_format=token_format, is_assigned=False)
    row = assign_user(actor=TESTER, client=world.client, user=world.user, valid_until=END)
    return replace(world, assignment=row)


def by_group(token_format: str = "jwt") -> World:
    """One whose user's group is."""
    world = make_world(token_format=token_format, is_assigned=False)
    assign_group(actor=TESTER, client=world.client, group=make_group(world.user), valid_until=END)
    return world


def by_everyone(token_format: str = "jwt") -> World:
    """One where everyone is."""
    world = make_world(token_format=token_format, is_assigned=False)
    assign_group(actor=TESTER, client=world.client, group=everyone(), valid_until=END)
    return world


def move_rule(world: World, until: datetime | None) -> None:
    update_rule(
        actor=TESTER,
        server_id=world.server.pk,
        rule_id=world.rule.pk,
        conditions=conditions(until),
    )


def move_user(world: World, until: datetime | None) -> None:
    row = world.client.user_assignments.get()
    update_user_assignment(actor=TESTER, assignment=row, valid_from=None, valid_until=until)


def move_group(world: World, until: datetime | None) -> None:
    row = world.client.group_assignments.get()
    update_group_assignment(actor=TESTER, assignment=row, valid_from=None, valid_until=until)


Make = Callable[..., World]
Move = Callable[[World, datetime | None], None]
CASES: list[tuple[Make, Move]] = [
    (by_rule, move_rule),
    (by_user, move_user),
    (by_group, move_group),
    (by_everyone, move_group),
]
cases = pytest.mark.parametrize(("make", "move"), CASES, ids=lambda one: one.__name__)
assigned = pytest.mark.parametrize(("make", "move"), CASES[1:], ids=lambda one: one.__name__)


def alive(world: World, texts: dict[str, str]) -> set[str]:
    """Which of them live, by everyone who is asked."""
    found = {name for name, text in texts.items() if is_active(world, text)}
    assert (userinfo(world, texts["access"]).status_code == 200) is ("access" in found)
    return found


def tokens(world: World) -> dict[str, str]:
    """An access token, a refresh token and the client's own."""
    answer = sign_in(world)
    own = client_credentials(world).access
    return {"access": answer.access, "refresh": answer.refresh, "own": own}


def follow() -> None:
    """What beat and a worker do."""
    PeriodicJob.objects.update(next_run=None)
    follow_validity()
    for job in RevocationJob.objects.exclude(state="DONE"):
        run_revocation_job(job.pk)


@formats
@cases
def test_r6_at_the_instant_it_is_dead_and_one_moment_before_it_lives(
    make: Make, move: Move, token_format: str, hands: Clock
) -> None:
    world = make(token_format)
    texts = tokens(world)

    hands.moment = END - TICK
    assert alive(world, texts) == {"access", "refresh", "own"}
    hands.moment = END
    living = set() if make is by_rule else {"own"}  # nobody is assigned to be oneself
    assert alive(world, texts) == living
    assert outcome(refresh(world, texts["refresh"])) == REFUSED

    hands.moment -= TICK  # nothing was written
    assert outcome(refresh(world, texts["refresh"])) != REFUSED


@formats
@cases
@pytest.mark.parametrize("until", [END + timedelta(days=1), None])
def test_r16_moving_the_end_afterwards_revives_nothing_and_lets_new_ones_in(
    make: Make, move: Move, until: datetime | None, token_format: str, hands: Clock
) -> None:
    world = make(token_format)
    old = tokens(world)
    hands.moment = END
    living = alive(world, old)

    move(world, until)

    assert alive(world, old) == living
    new = tokens(world)
    assert alive(world, new) == {"access", "refresh", "own"}
    follow()
    assert alive(world, old) == living
    assert alive(world, new) == {"access", "refresh", "own"}


@assigned  # another condition of a rule is another rule (R15)
def test_a_later_end_that_is_set_in_time_keeps_what_lives(
    make: Make, move: Move, hands: Clock
) -> None:
    world = make()
    texts = tokens(world)
    move(world, END + timedelta(minutes=1))
    hands.moment = END
    follow()
    assert alive(world, texts) == {"access", "refresh", "own"}
    hands.moment = END + timedelta(minutes=1)
    assert alive(world, texts) == {"own"}


@formats
def test_r17_a_code_outlives_the_end_of_its_rule_but_not_of_its_assignment(
    token_format: str, hands: Clock
) -> None:
    ruled, assigned = by_rule(token_format), by_user(token_format)
    codes = authorize(ruled), authorize(assigned)
    hands.moment = END
    follow()

    texts = tokens_of(exchange(ruled, codes[0]))

    assert is_active(ruled, texts.access) and is_active(ruled, texts.refresh)
    assert refresh(ruled, texts.refresh).status_code == 200
    assert outcome(exchange(assigned, codes[1])) == REFUSED


@cases
def test_a_job_follows_each_end_once_with_its_event(make: Make, move: Move, hands: Clock) -> None:
    world = make("opaque")
    tokens(world)
    hands.moment = END - TICK
    follow()
    assert EVENTS.count() == 0

    for _ in range(3):
        hands.moment += timedelta(minutes=1)
        follow()

    event = EVENTS.get()
    count = 3 if make is by_rule else 2  # the client's own stands on no assignment
    assert event.body["target"][0]["detailEntry"]["TokenCount"] == count
    assert Grant.objects.exclude(revoked_at=None).count() == 1
    assert AccessToken.objects.exclude(revoked_at=None).count() == count - 1
    assert event.event_type.endswith(".as" if make is by_rule else ".user")


@cases
def test_a_new_end_is_followed_anew(make: Make, move: Move, hands: Clock) -> None:
    world = make("opaque")
    tokens(world)
    hands.moment = END
    follow()
    later = END + timedelta(hours=1)
    move(world, later)
    follow()
    since = EVENTS.order_by("-pk").values_list("pk", flat=True)[0]
    tokens(world)

    hands.moment = later
    follow()
    follow()

    event = EVENTS.get(pk__gt=since)
    count = 3 if make is by_rule else 2
    assert event.body["target"][0]["detailEntry"]["TokenCount"] == count


@assigned
def test_an_end_that_is_moved_before_it_was_followed_is_followed_all_the_same(
    make: Make, move: Move, hands: Clock
) -> None:
    world = make("opaque")
    tokens(world)
    hands.moment = END + timedelta(seconds=5)

    move(world, END + timedelta(days=1))
    follow()

    assert Grant.objects.exclude(revoked_at=None).count() == 1


def test_an_end_that_was_over_before_it_began_is_no_end() -> None:
    world = make_world(is_assigned=False)
    past = END - timedelta(days=1)
    assign_user(actor=TESTER, client=world.client, user=world.user, valid_until=past)
    follow()
    assert not RevocationJob.objects.exists()


def test_what_is_removed_before_its_end_was_followed_is_followed_once(hands: Clock) -> None:
    world = by_user("opaque")
    tokens(world)
    hands.moment = END
    unassign_user(actor=TESTER, client=world.client, user=world.user)
    follow()
    assert EVENTS.count() == 1
    assert Grant.objects.exclude(revoked_at=None).count() == 1


@pytest.mark.parametrize("count", [1, 5])
def test_the_follower_takes_so_many_at_a_time(count: int) -> None:
    for _ in range(count):
        by_user()
    assert follow_ended_assignments(END - TICK, 3) == 0
    found = []
    while rows := follow_ended_assignments(END, 3):
        found.append(rows)
    assert found == ([1] if count == 1 else [3, 2])
    assert RevocationJob.objects.count() == count
