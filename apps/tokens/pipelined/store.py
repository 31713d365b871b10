"""`Store` on shared statements."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import psycopg

from apps.systemlog.units import GIVEN_UP, PAUSE_SECONDS, RETRIES
from apps.tokens.django_store import reading_of
from apps.tokens.pipelined.coalescer import Coalescer
from apps.tokens.pipelined.lane import Lane, Lanes, Row, connection_parameters, is_outage
from apps.tokens.pipelined.reads import Question, batch_statement, batch_values, question_of
from apps.tokens.statements import kind_of
from apps.tokens.store import Lookup, Reading, StorageError, Unit
from apps.tokens.units import Job, Shape, job_of, write_statement, write_values

Warm = Callable[[Reading], Awaitable[None]]
LANES: Final = 4  # connections of each use: for readings, shared statements, units that go alone
SHARED_LOCK_MILLISECONDS: Final = 200  # then each goes alone, and only one has to wait
UNREADABLE: Final = (psycopg.DataError, UnicodeError)  # what no value may be, whoever asked
ALONE: Final = "alone"


class PipelinedStore:
    """One of a process and event loop. `warm` is asked after each read: whatever the steps would
    have to compile of what was found is compiled by it, off the loop."""

    may_block = False

    def __init__(self, warm: Warm) -> None:
        self._warm = warm
        self._parameters = connection_parameters()
        self._readers: dict[tuple[str, bool], Coalescer[Question, Row]] = {}
        self._writers: dict[Shape, Coalescer[Job, bool | str]] = {}
        self._asks_for_cutoffs = False
        self._lanes: list[Lane] = []
        self._reading = self._made()
        self._shared = self._made(lock_milliseconds=SHARED_LOCK_MILLISECONDS)
        self._lone = self._made()

    async def read(self, server_id: str, client_id: str, lookup: Lookup, now: datetime) -> Reading:
        """As the protocol says."""
        asked = self._asks_for_cutoffs
        reading = await self._read(server_id, client_id, lookup, now, asked)
        if reading.has_cutoffs is not asked:
            self._asks_for_cutoffs = reading.has_cutoffs
            if reading.has_cutoffs:
                reading = await self._read(server_id, client_id, lookup, now, cutoffs=True)
        await self._warm(reading)
        return reading

    async def _read(
        self, server_id: str, client_id: str, lookup: Lookup, now: datetime, cutoffs: bool
    ) -> Reading:
        kind = kind_of(lookup)
        reader = self._readers.get((kind, cutoffs))
        if reader is None:
            sql, _ = batch_statement(kind, cutoffs=cutoffs)
            reader = Coalescer(partial(self._fly_read, sql))
            self._readers[kind, cutoffs] = reader
        row = await reader.ask(question_of(server_id, client_id, lookup, now))
        return reading_of(row[1:], batch_statement(kind, cutoffs=cutoffs)[1])

    async def _fly_read(self, sql: str, questions: Sequence[Question]) -> Sequence[Row | Exception]:
        """Equal questions are asked once; where one can't be asked at all, each is alone."""
        asked = list(dict.fromkeys(questions))
        rows: dict[Question, Row | Exception] = {}
        async with self._reading.one() as lane:
            try:
                rows |= await _rows(lane, sql, asked)
            except UNREADABLE:
                for one in asked:
                    try:
                        rows |= await _rows(lane, sql, [one])
                    except (psycopg.Error, UnicodeError, StorageError) as error:
                        rows[one] = _failure(error)
            except psycopg.Error as error:
                raise StorageError from error
        return [rows[question] for question in questions]

    async def write(self, unit: Unit, now: datetime) -> bool:
        """As the protocol says. What the shared statement doesn't store is tried alone, which says
        whether it is void, refused, or was only held by somebody."""
        job = job_of(unit, now)
        writer = self._writers.get(job.shape)
        if writer is None:
            writer = Coalescer(partial(self._fly_write, job.shape))
            self._writers[job.shape] = writer
        outcome = await writer.ask(job)
        return await self._write_alone(job) if outcome == ALONE else bool(outcome)

    async def _fly_write(self, shape: Shape, jobs: Sequence[Job]) -> Sequence[bool | str]:
        sql = write_statement(shape, is_patient=False)
        try:
            async with self._shared.one() as lane:
                hits = {row[0] for row in await lane.execute(sql, write_values(jobs))}
        except psycopg.Error as error:
            if is_outage(error):
                raise StorageError from error
            return [ALONE] * len(jobs)
        if not shape.is_conditional:
            return [True] * len(jobs)
        return [True if n in hits else ALONE for n in range(len(jobs))]

    async def _write_alone(self, job: Job) -> bool:
        """One unit in its own statement, again when the database gave it up for another one."""
        async with self._lone.one() as lane:
            for attempt in range(RETRIES + 1):
                try:
                    return await self._try(lane, job)
                except psycopg.Error as error:
                    if error.sqlstate not in GIVEN_UP or attempt == RETRIES:
                        raise StorageError from error
                await asyncio.sleep(random.uniform(1, 2) * PAUSE_SECONDS * 2**attempt)  # noqa: S311 - no secret
        raise AssertionError

    async def _try(self, lane: Lane, job: Job) -> bool:
        found = await lane.execute(write_statement(job.shape, is_patient=True), write_values([job]))
        return bool(found) or not job.shape.is_conditional

    def _made(self, *, lock_milliseconds: int = 0) -> Lanes:
        lanes = [Lane(self._parameters, lock_milliseconds=lock_milliseconds) for _ in range(LANES)]
        self._lanes += lanes
        return Lanes(lanes)

    def close(self) -> None:
        """All connections, at once."""
        for lane in self._lanes:
            lane.close()


async def _rows(lane: Lane, sql: str, asked: Sequence[Question]) -> dict[Question, Row]:
    """The row of each question, which are all different."""
    found = {row[0]: row for row in await lane.execute(sql, batch_values(asked))}
    if not found:
        raise StorageError("the installation row is missing")
    return {question: found[n] for n, question in enumerate(asked, start=1)}


def _failure(error: Exception) -> StorageError:
    failure = StorageError()
    failure.__cause__ = error
    return failure
