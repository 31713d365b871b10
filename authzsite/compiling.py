"""Configuration for the pipelined edge: compiled in threads, for which the loop doesn't wait."""

import asyncio
from functools import partial

from django.db import connection

from apps.oauth import runtime
from apps.tokens.store import ClientRow, Reading, ServerRow, StorageError
from authzsite.middleware import PROGRAM_SECONDS
from authzsite.postgresql import patience
from authzsite.postgresql.base import outage

Named = tuple[ServerRow | None, ClientRow | None, ClientRow | None]


class Compiling:
    """Compiles what a reading names in a thread, where it may use Django's connection: once for
    all who read the same meanwhile."""

    def __init__(self) -> None:
        self._running: dict[Named, asyncio.Task[None]] = {}

    async def __call__(self, reading: Reading) -> None:
        """Return when it is compiled. Raises StorageError."""
        if runtime.holds(reading):
            return
        named = (reading.server, reading.client, reading.owner)
        task = self._running.get(named)
        if task is None:
            task = self._running[named] = asyncio.create_task(asyncio.to_thread(_prepare, reading))
            task.add_done_callback(partial(self._done, named))
        try:
            async with asyncio.timeout(PROGRAM_SECONDS):
                await asyncio.shield(task)  # who goes away doesn't end it for the others
        except TimeoutError as error:
            raise StorageError from error

    def _done(self, named: Named, task: asyncio.Task[None]) -> None:
        del self._running[named]
        if not task.cancelled():
            task.exception()  # somebody has heard it, or nobody waits any more


def _prepare(reading: Reading) -> None:
    outage.tell(is_over=True)  # the server has just answered with what there is to compile
    try:
        with patience.until(PROGRAM_SECONDS):
            runtime.prepare(reading)
    finally:
        connection.close()
