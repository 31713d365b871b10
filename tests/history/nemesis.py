"""Breaks something every few seconds while clients run, and puts it right again: what F1 to F4, F8
to F14 of the faults do one at a time."""

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

import psycopg
import redis

from tests.faults.servers import Postgres, Redis, stopped
from tests.history.launch import OTHER_EDGE
from tests.processes import Installation, Process
from tests.services import free_port

PAUSE_SECONDS: Final = (5.0, 20.0)
HANG_SECONDS: Final = 3.0
DOWN_SECONDS: Final = 1.0
OTHER_WEB: Final = "web of the other edge"
WEBS: Final = ("web", OTHER_WEB)
ROLES: Final = (*WEBS, "worker", "beat")


@dataclass(slots=True)
class Nemesis:
    """What it may break, and how often it did what."""

    made: Installation
    postgres: Postgres
    redis: Redis
    chance: Random
    roles: dict[str, Process] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    orphans: int = 0
    next_moment: float = 0.0

    def start_all(self) -> None:
        """Each role as a service manager would."""
        self.made.more_ports.append(free_port())
        for role in ROLES:
            self.restart(role)
        self.wait_for(self.are_live)

    def are_live(self) -> bool:
        """Whether both web servers answer."""
        return all(map(self.made.is_live, (self.made.port, *self.made.more_ports)))

    def restart(self, role: str) -> None:
        """In place of one that has ended."""
        if role in self.roles:
            self.made.running.remove(self.roles[role])
        if role == OTHER_WEB:
            self.roles[role] = self.made.start("web", **self.made.beside(), EDGE=OTHER_EDGE)
        else:
            self.roles[role] = self.made.start(role)

    def revive(self) -> None:
        """What has ended is started again, as systemd does."""
        for role, process in self.roles.items():
            if process.child.poll() is not None:
                self.restart(role)

    def act(self) -> str:
        """One blow when its time has come; what it was, "" for none."""
        self.revive()
        if time.monotonic() < self.next_moment:
            return ""
        blow = self.chance.choice(BLOWS)
        began = time.monotonic()
        blow(self)
        self.done[blow.__name__] += 1
        self.next_moment = time.monotonic() + self.chance.uniform(*PAUSE_SECONDS)
        return f"{blow.__name__}, well again after {time.monotonic() - began:.1f} s"

    def wait_for(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Until it holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("it never came back")
            self.revive()
            time.sleep(0.1)


def kill_a_web_process(nemesis: Nemesis) -> None:
    """F1: its siblings go on, and it comes back."""
    children = [pid for role in WEBS for pid in nemesis.roles[role].children()]
    if children:
        kill(nemesis.chance.choice(children))


def kill_the_web_server(nemesis: Nemesis) -> None:
    """F2: its children must not stay behind."""
    web = nemesis.roles[nemesis.chance.choice(WEBS)]
    children = web.children()
    kill(web.pid)
    web.child.wait()
    with contextlib.suppress(TimeoutError):
        nemesis.wait_for(lambda: not any(map(is_running, children)), 15.0)
    left = [pid for pid in children if is_running(pid)]
    nemesis.orphans += len(left)
    web.kill()
    nemesis.revive()
    nemesis.wait_for(nemesis.are_live)


def kill_the_worker(nemesis: Nemesis) -> None:
    """F3, F4."""
    nemesis.roles["worker"].kill()
    nemesis.revive()


def hang_redis(nemesis: Nemesis) -> None:
    """F10."""
    with nemesis.redis.paused():
        time.sleep(HANG_SECONDS)


def empty_redis(nemesis: Nemesis) -> None:
    """F8."""
    redis.Redis.from_url(nemesis.redis.url).flushall()


def restart_redis(nemesis: Nemesis) -> None:
    """F9, F11: down, and then empty."""
    nemesis.redis.stop(signal.SIGKILL)
    time.sleep(DOWN_SECONDS)
    nemesis.redis.start()


def crash_postgres(nemesis: Nemesis) -> None:
    """F13: immediate stop, recovery at the start."""
    nemesis.postgres.crash()
    time.sleep(DOWN_SECONDS)
    nemesis.postgres.start()


def kill_a_backend(nemesis: Nemesis) -> None:
    """F13: the cluster drops every session and recovers."""
    with contextlib.suppress(IndexError, psycopg.OperationalError):
        kill(nemesis.chance.choice(nemesis.postgres.backends()))
    nemesis.wait_for(nemesis.postgres.answers)


def hang_a_backend(nemesis: Nemesis) -> None:
    """F14."""
    lost = contextlib.suppress(IndexError, ProcessLookupError, psycopg.OperationalError)
    with lost, stopped(nemesis.chance.choice(nemesis.postgres.backends())):
        time.sleep(HANG_SECONDS)


BLOWS: Final[tuple[Callable[[Nemesis], None], ...]] = (
    kill_a_web_process,
    kill_the_web_server,
    kill_the_worker,
    hang_redis,
    empty_redis,
    restart_redis,
    crash_postgres,
    kill_a_backend,
    hang_a_backend,
)


def kill(pid: int) -> None:
    """At once."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether it is there, and not only waiting to be collected."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
