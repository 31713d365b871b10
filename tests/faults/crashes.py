"""Processes that end at a chosen point of their work with the database: by SIGKILL, or by an error.

A point is a moment before or after a statement or a COMMIT (which Django's wrappers don't see), or
the moment when the answer was made and hadn't left.
"""

import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

Work = Callable[[], Any]
ANSWERED = "answered"


class Points:
    """Counts the moments as they pass, and acts at one of them."""

    def __init__(self, chosen: int | None, act: Callable[[], None]) -> None:
        self.chosen = chosen
        self.act = act
        self.names: list[str] = []

    def pass_by(self, name: str) -> None:
        """One moment more."""
        self.names.append(name)
        if len(self.names) - 1 == self.chosen:
            self.act()

    def statement(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        """For `connection.execute_wrapper`."""
        shown = " ".join(sql.split()[:3])
        self.pass_by(f"before {shown}")
        result = execute(sql, params, many, context)
        self.pass_by(f"after {shown}")
        return result

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Statements and commits of this thread's connection."""
        commit = connection._commit  # type: ignore[attr-defined]

        def committing() -> None:
            self.pass_by("before COMMIT")
            commit()
            self.pass_by("after COMMIT")

        connection._commit = committing  # type: ignore[attr-defined]
        try:
            with connection.execute_wrapper(self.statement):
                yield
        finally:
            del connection._commit  # type: ignore[attr-defined]  # the class's own again


def points_of(work: Work) -> list[str]:
    """The points that the work passes, by doing it in a process of its own."""
    status, said = _fork(work, None)
    assert os.WIFEXITED(status) and isinstance(said, list), said
    return said


def crash(work: Work, point: int) -> None:
    """Do the work in a process of its own, which gets SIGKILL at this point."""
    status, said = _fork(work, point)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, said


def _fork(work: Work, point: int | None) -> tuple[int, Any]:
    """How the child ended, and what it said: the names of its points, or why it failed."""
    disconnect()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _child(work, point, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    return status, pickle.loads(said) if said else ""


def _child(work: Work, point: int | None, writing: int) -> None:
    """Never returns: the test's own process goes on, this one has no part in it."""
    points = Points(point, lambda: os.kill(os.getpid(), signal.SIGKILL))
    try:
        with points.watching():
            work()
        points.pass_by(ANSWERED)
        said: Any = points.names
    except BaseException:
        said = traceback.format_exc()
    os.write(writing, pickle.dumps(said))
    os._exit(0 if isinstance(said, list) else 1)


def disconnect() -> None:
    """A child must not inherit a connection: two processes would speak on it."""
    connection.close()
    if getattr(connection, "pool", None):
        connection.close_pool()  # type: ignore[attr-defined]
