"""F17: what the database gave up is done again whole, at most three times."""

import pytest
from django.db import IntegrityError, OperationalError, transaction

from apps.systemlog import units
from apps.systemlog.units import RETRIES, retried

pytestmark = pytest.mark.django_db(transaction=True)


class GivenUp(Exception):
    """What a driver raises."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def failing(times: int, state: str) -> tuple[list[int], object]:
    """A unit that the database gives up so many times, and the list of its runs."""
    runs: list[int] = []

    def unit() -> str:
        runs.append(1)
        if len(runs) <= times:
            raise OperationalError("given up") from GivenUp(state)
        return "done"

    return runs, unit


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests don't wait."""
    monkeypatch.setattr(units, "PAUSE_SECONDS", 0)


@pytest.mark.parametrize("state", ["40001", "40P01"])
@pytest.mark.parametrize("times", [0, 1, RETRIES])
def test_f17_it_is_done_again(times: int, state: str) -> None:
    runs, unit = failing(times, state)
    assert retried(unit) == "done"  # type: ignore[arg-type]
    assert len(runs) == times + 1


def test_f17_but_not_for_ever() -> None:
    runs, unit = failing(RETRIES + 1, "40P01")
    with pytest.raises(OperationalError):
        retried(unit)  # type: ignore[arg-type]
    assert len(runs) == RETRIES + 1


@pytest.mark.parametrize("state", ["23505", "57014", "55P03", ""])
def test_any_other_error_is_raised_at_once(state: str) -> None:
    runs, unit = failing(1, state)
    with pytest.raises(OperationalError):
        retried(unit)  # type: ignore[arg-type]
    assert len(runs) == 1


def test_an_error_without_sqlstate_is_raised() -> None:
    def unit() -> None:
        raise IntegrityError

    with pytest.raises(IntegrityError):
        retried(unit)


def test_inside_a_transaction_it_is_the_transactions_owner_who_begins_again() -> None:
    runs, unit = failing(1, "40001")
    with pytest.raises(OperationalError), transaction.atomic():
        retried(unit)  # type: ignore[arg-type]
    assert len(runs) == 1
