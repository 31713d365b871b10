"""F17: the database gives a unit up (serialization failure, deadlock): it is done again as a whole,
at most three times, or it is an honest 503; never half of it (I3, I4)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from apps.tokens.models import Grant
from tests import edge
from tests.faults import crash_cases as cases
from tests.faults.crash_cases import Case
from tests.faults.crashes import Points
from tests.faults.servers import wait_until
from tests.oauth.grants_fixture import World, make_world, refresh, sign_in, tokens_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
RETRIES = 3
CASES = (
    cases.issuing,
    cases.exchanging,
    cases.refreshing,
    cases.revoking_access,
    cases.revoking_family,
)


ERRORS = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


@pytest.fixture(autouse=True)
def on_djangos_connection() -> Iterator[None]:
    """Django's statements are given up here; the other edge's in
    `tests/tokens/pipelined/test_given_up.py`."""
    with edge.through(edge.WSGI):
        yield


class GivingUp(Points):
    """Raises at one kind of moment, so many times."""

    def __init__(self, at: str, times: int, error: type[psycopg.Error]) -> None:
        super().__init__(None, lambda: None)
        self.at, self.left, self.error = at, times, error

    def pass_by(self, name: str) -> None:
        super().pass_by(name)
        if name.startswith(self.at) and self.left:
            self.left -= 1
            raise OperationalError("given up") from self.error("given up")


def moments_of(make: Callable[[World], Case], world: World) -> list[str]:
    """Where the case's writes may be given up: until the COMMIT has come back, which a statement
    by itself brings along."""
    make(world).work()  # what is read or noted once in a process, is now
    case, points = make(world), Points(None, lambda: None)
    with points.watching():
        case.work()
    names = [name for name in dict.fromkeys(points.names) if "SELECT" not in name]
    has_commit = "before COMMIT" in names
    return [n for n in names if n != "after COMMIT" and (has_commit or n.startswith("before "))]


def status_of(work: Callable[[], Any]) -> int:
    return int(getattr(work(), "status_code", 200))


@pytest.mark.parametrize("make", CASES)
def test_F17_a_unit_that_is_given_up_is_done_again_as_a_whole(
    make: Callable[[World], Case],
) -> None:
    world = make_world(token_format="opaque", leeway=30)
    for at in moments_of(make, world):
        for error in ERRORS:
            case = make(world)
            nothing = case.state()
            with GivingUp(at, RETRIES, error).watching():
                assert status_of(case.work) == 200, at
            assert case.state() != nothing
            case.settle(True)


@pytest.mark.parametrize("make", CASES[1:])
def test_F17_after_three_more_tries_it_is_an_honest_503(make: Callable[[World], Case]) -> None:
    world = make_world(token_format="opaque", leeway=30)
    for at in moments_of(make, world):
        case = make(world)
        nothing = case.state()
        points = GivingUp(at, RETRIES + 1, psycopg.errors.SerializationFailure)
        with points.watching():
            assert status_of(case.work) == 503, at
        assert points.left == 0
        assert case.state() == nothing
        case.settle(False)


def test_F17_a_failed_read_is_a_503_and_changes_nothing() -> None:
    world = make_world(token_format="opaque", leeway=30)
    case = cases.refreshing(world)
    nothing = case.state()
    error = psycopg.errors.SerializationFailure
    with GivingUp("before SELECT", 9, error).watching():
        assert status_of(case.work) == 503
    assert case.state() == nothing
    case.settle(False)


def test_F17_a_real_serialization_failure_ends_in_tokens(serializable: None) -> None:
    """Somebody else changes the family while the refresh waits for its row."""
    world = make_world(token_format="opaque", leeway=30)
    tokens = sign_in(world)
    points, is_held = Points(None, lambda: None), Event()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(hold_family, is_held)
        assert is_held.wait(timeout=20)
        with points.watching():
            answer = refresh(world, tokens.refresh)
        other.result()
    tokens_of(answer)
    updates = [name for name in points.names if name == "before WITH asked AS"]
    assert len(updates) == 2, "the first one was given up, the second one won"


@pytest.fixture
def serializable() -> Iterator[None]:
    """A database whose default isolation is the strictest."""
    level = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL"
    with connection.cursor() as cursor:
        cursor.execute(f"{level} SERIALIZABLE")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"{level} READ COMMITTED")


def hold_family(is_held: Event) -> None:
    """Change the family, and commit when somebody waits for it."""
    try:
        with transaction.atomic():
            Grant.objects.update(session_id="another")
            is_held.set()
            wait_until(is_waited_for)
    finally:
        connection.close()


def is_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])
