"""F1: a process is killed at every point of its work; nothing is ever half done (I1-I4, I10)."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from apps.servers.services import update_scope
from apps.tokens.models import Consent
from tests.factories import TESTER
from tests.faults import crash_cases as cases
from tests.faults import crash_cases_jobs as jobs
from tests.faults.crash_cases import Case
from tests.faults.crashes import ANSWERED, crash, points_of
from tests.oauth.grants_fixture import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)
FORMATS = ("opaque", "jwt")


def crash_everywhere(make: Callable[[World], Case], world: World) -> list[str]:
    """Kill the work at each of its points; what storage says is what it said before, or what it
    says when the work is whole. The names of the points."""
    make(world).work()  # configuration is compiled now: every child passes the same points
    whole = make(world)
    nothing = whole.state()
    points = points_of(whole.work)
    everything = whole.state()
    assert nothing != everything and points[-1] == ANSWERED
    for number, name in enumerate(points):
        case = make(world)
        assert case.state() == nothing
        crash(case.work, number)
        found = case.state()
        assert found in (nothing, everything), (name, found)
        assert found == everything or name != ANSWERED, "an answer had been made"
        case.settle(found == everything)
    return points


def writes(points: list[str]) -> bool:
    """Whether a point lies behind what was made to stay: a COMMIT, or the one statement of the
    token path, which is its own."""
    return any(point.startswith(("after COMMIT", "after WITH")) for point in points)


@pytest.mark.parametrize("token_format", FORMATS)
def test_F1_issuing_is_whole_or_didnt_happen(token_format: str) -> None:
    points = crash_everywhere(cases.issuing, make_world(token_format=token_format))
    assert len(points) >= 5  # the read, the write, and the answer


def test_F1_a_code_is_unused_or_used_with_all_that_came_of_it() -> None:
    assert writes(crash_everywhere(cases.exchanging, make_world(token_format="opaque")))


@pytest.mark.parametrize("leeway", [0, 30])
def test_F1_a_rotation_is_whole_or_didnt_happen(leeway: int) -> None:
    world = make_world(token_format="opaque", leeway=leeway)
    assert writes(crash_everywhere(cases.refreshing, world))


@pytest.mark.parametrize("token_format", FORMATS)
def test_F1_a_client_revokes_an_access_token_with_its_event(token_format: str) -> None:
    assert writes(crash_everywhere(cases.revoking_access, make_world(token_format=token_format)))


def test_F1_a_client_revokes_a_family_with_its_event() -> None:
    assert writes(crash_everywhere(cases.revoking_family, make_world(token_format="opaque")))


def test_F1_an_administrator_revokes_a_family_with_its_event() -> None:
    assert "after COMMIT" in crash_everywhere(cases.ending_grant, make_world(token_format="opaque"))


def test_F1_a_deactivated_user_has_status_epoch_job_and_event() -> None:
    assert "after COMMIT" in crash_everywhere(jobs.deactivating, make_world(token_format="opaque"))


def test_F1_a_cascade_goes_on_where_it_was_killed() -> None:
    """I5: at each point of a whole job, which is several transactions."""
    world = make_world(token_format="opaque")
    jobs.make_cascade(world).run()  # what is read once in a process, is read now
    points = points_of(jobs.make_cascade(world).run)
    assert points.count("after COMMIT") >= 2
    for number in range(len(points) - 1):
        cascade = jobs.make_cascade(world)
        crash(cascade.run, number)
        cascade.assert_in_step()
        cascade.run()
        cascade.assert_done()
        cascade.run()  # twice is once
        cascade.assert_done()


def test_F1_a_consent_is_remembered_with_its_code_and_events() -> None:
    world = make_world(consent_method="REQUIRED")
    update_scope(
        actor=TESTER, server_id=world.server.pk, scope_id=world.scope.pk, consent="REQUIRED"
    )
    assert writes(crash_everywhere(jobs.consenting, world))


def test_F1_the_harness_sees_work_that_is_torn() -> None:
    """Two statements without a transaction: the points between them must be found out."""

    def torn(world: World) -> Case:
        mine = {"server_id": uuid4().hex, "user_id": "u"}
        found = Consent.objects.filter(**mine)

        def work() -> None:
            for client in ("first", "second"):
                Consent.objects.create(**mine, client_id=client, scope="x")

        return Case(work, lambda: (found.count(),), lambda done: None)

    with pytest.raises(AssertionError, match=r"\(1,\)"):
        crash_everywhere(torn, make_world())
