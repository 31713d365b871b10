"""At most one statement of a kind in flight; who comes meanwhile shares the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from apps.tokens.store import StorageError

Q = TypeVar("Q")
A = TypeVar("A")
MOST_TOGETHER: Final = 128  # of one statement
MOST_WAITING: Final = 2048  # beyond that nobody's patience lasts: better a 503 at once


class Coalescer(Generic[Q, A]):
    """Answers questions in batches. `fly` takes questions and returns their answers, in order. An
    exception among them is raised for its question alone, what `fly` itself raises for each."""

    def __init__(self, fly: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]]) -> None:
        self._fly = fly
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._flight: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer of a flight that starts after this moment. StorageError when too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            raise StorageError("too many are waiting")
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._flight is None:
            self._flight = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        """Flight after flight, until nobody waits. However it ends, nobody is left waiting."""
        try:
            while self._waiting:
                batch, self._waiting = (
                    self._waiting[:MOST_TOGETHER],
                    self._waiting[MOST_TOGETHER:],
                )
                # Who has gone asks for nothing, and changes nothing.
                await self._answer([one for one in batch if not one[1].done()])
        finally:
            self._flight = None
            left, self._waiting = self._waiting, []
            for _, future in left:
                _settle(future, StorageError("nobody answers any more"))

    async def _answer(self, batch: Sequence[tuple[Q, "asyncio.Future[A]"]]) -> None:
        if not batch:
            return
        answers: Sequence[A | Exception]
        try:
            answers = await self._fly([question for question, _ in batch])
            if len(answers) != len(batch):
                raise AssertionError("an answer for each question")
        except Exception as error:
            answers = [error] * len(batch)
        except BaseException:
            for _, future in batch:
                _settle(future, StorageError("the statement was given up"))
            raise
        for (_, future), answer in zip(batch, answers, strict=True):
            _settle(future, answer)


def _settle(future: "asyncio.Future[A]", answer: A | Exception) -> None:
    """Tell one who waits; each hears an error of their own, whose traceback grows as it is
    raised."""
    if future.done():  # nobody waits for one that was cancelled
        return
    if isinstance(answer, StorageError):
        own = StorageError(*answer.args)
        own.__cause__ = answer.__cause__
        future.set_exception(own)
    elif isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
