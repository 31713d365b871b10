"""Who shares a statement with whom, without a database."""

import asyncio
from collections.abc import Sequence

import pytest

from apps.tokens.pipelined import coalescer
from apps.tokens.pipelined.coalescer import Coalescer
from apps.tokens.store import StorageError
from tests.tokens.pipelined.calls import running


class Airport:
    """Flights that leave when they are told to."""

    def __init__(self) -> None:
        self.flights: list[list[str]] = []
        self.gates: list[asyncio.Event] = []
        self.fails: type[BaseException] | None = None

    async def fly(self, questions: Sequence[str]) -> Sequence[str | Exception]:
        gate = asyncio.Event()
        self.flights.append(list(questions))
        self.gates.append(gate)
        await gate.wait()
        if self.fails:
            raise self.fails
        return [StorageError(q) if q.startswith("bad") else f"{q}!" for q in questions]


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_nobody_joins_a_flight_that_has_left() -> None:
    async def scenario() -> list[list[str]]:
        airport = Airport()
        shared: Coalescer[str, str] = Coalescer(airport.fly)
        first = asyncio.create_task(shared.ask("a"))
        await settle()
        later = [asyncio.create_task(shared.ask(name)) for name in "ab"]  # one asks the same
        await settle()
        assert airport.flights == [["a"]]
        airport.gates[0].set()
        assert await first == "a!"
        await settle()
        assert not any(task.done() for task in later)
        airport.gates[1].set()
        assert await asyncio.gather(*later) == ["a!", "b!"]
        return airport.flights

    assert running(scenario) == [["a"], ["a", "b"]]


def test_a_bad_question_fails_alone_and_an_error_is_each_ones_own() -> None:
    async def scenario() -> None:
        airport = Airport()
        shared: Coalescer[str, str] = Coalescer(airport.fly)
        names = ("a", "bad 1", "b", "bad 2")
        tasks = [asyncio.create_task(shared.ask(name)) for name in names]
        await settle()
        airport.gates[0].set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert (answers[0], answers[2]) == ("a!", "b!")
        assert [str(answers[1]), str(answers[3])] == ["bad 1", "bad 2"]

    running(scenario)


@pytest.mark.parametrize("failure", [StorageError, TypeError, asyncio.CancelledError])
def test_nobody_is_left_waiting_by_a_flight_that_fails(failure: type[BaseException]) -> None:
    async def scenario() -> None:
        airport = Airport()
        airport.fails = failure
        shared: Coalescer[str, str] = Coalescer(airport.fly)
        tasks = [asyncio.create_task(shared.ask(name)) for name in "ab"]
        await settle()
        tasks.append(asyncio.create_task(shared.ask("later")))
        await settle()
        airport.gates[0].set()
        await settle()
        for gate in airport.gates[1:]:
            gate.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        expected = StorageError if failure is asyncio.CancelledError else failure
        assert [type(answer) for answer in answers] == [expected] * 3
        assert answers[0] is not answers[1] or failure is TypeError
        airport.fails = None
        again = asyncio.create_task(shared.ask("again"))
        await settle()
        airport.gates[-1].set()
        assert await again == "again!"

    running(scenario)


def test_who_has_gone_asks_for_nothing_and_disturbs_nobody() -> None:
    async def scenario() -> list[list[str]]:
        airport = Airport()
        shared: Coalescer[str, str] = Coalescer(airport.fly)
        flying = asyncio.create_task(shared.ask("flying"))
        await settle()
        gone, stays = (asyncio.create_task(shared.ask(name)) for name in ("gone", "stays"))
        await settle()
        flying.cancel()
        gone.cancel()
        await settle()
        airport.gates[0].set()
        await settle()
        airport.gates[1].set()
        assert await stays == "stays!"
        return airport.flights

    assert running(scenario) == [["flying"], ["stays"]]


def test_too_many_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coalescer, "MOST_WAITING", 2)

    async def scenario() -> None:
        airport = Airport()
        shared: Coalescer[str, str] = Coalescer(airport.fly)
        tasks = [asyncio.create_task(shared.ask("a"))]
        await settle()
        tasks += [asyncio.create_task(shared.ask(name)) for name in "bc"]
        await settle()
        with pytest.raises(StorageError):
            await shared.ask("d")
        airport.gates[0].set()
        await settle()
        airport.gates[1].set()
        assert await asyncio.gather(*tasks) == ["a!", "b!", "c!"]

    running(scenario)


def test_a_flight_has_so_many_seats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coalescer, "MOST_TOGETHER", 3)

    async def scenario() -> list[int]:
        airport = Airport()
        shared: Coalescer[str, str] = Coalescer(airport.fly)
        tasks = [asyncio.create_task(shared.ask(str(n))) for n in range(7)]
        for n in range(3):
            await settle()
            airport.gates[n].set()
        assert await asyncio.gather(*tasks) == [f"{n}!" for n in range(7)]
        return [len(flight) for flight in airport.flights]

    assert running(scenario) == [3, 3, 1]
