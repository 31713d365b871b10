"""The measurements, in the order in which they can be taken on one database."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from apps.directory.models import User
from apps.systemlog.models import RevocationJob
from apps.tokens.models import Grant
from tests.bench.load import OpenLoad, Seen, percentile
from tests.bench.product import resident_mib
from tests.bench.revocation.probing import asking, post
from tests.bench.revocation.scenarios import Scenario, owner
from tests.bench.revocation.world import World, copy_expired

WATCHED = 5  # changes with the probes asked for all the while
REPEATS = 30  # in all; the others with everything else quiet
RATE = 40.0  # token requests a second beside cascade and sweep
QUIET_SECONDS = 30.0
PATIENCE_SECONDS = 1800.0
DONE = RevocationJob.State.DONE


@dataclass
class Acknowledged:
    """How long the change took, and what was active after it."""

    title: str
    tokens: int
    milliseconds: list[float] = field(default_factory=list)
    alive_before: int = 0
    asked_after: int = 0
    alive_after: int = 0

    @property
    def p95(self) -> float:
        """In milliseconds."""
        return percentile(self.milliseconds, 0.95)


@dataclass
class Background:
    """A piece of background work beside a steady load; the worker's memory in MiB."""

    title: str
    rows: int
    seconds: float
    seen: Seen
    memory: list[float] = field(default_factory=list)


def acknowledge(world: World, scenario: Scenario, port: int) -> Acknowledged:
    """Make the change again and again: watched, then timed."""
    tokens = Grant.objects.filter(scenario.reach(world), revoked_at=None).count()
    result = Acknowledged(scenario.title, tokens)
    probes = world.probes[scenario.probes]
    moments = dict.fromkeys((token for _, token in probes), float("inf"))
    with asking(port, world.watcher, probes) as asked:
        time.sleep(1)
        for place in range(WATCHED):
            scenario.change(world, _user(world, scenario, place))
            for _, token in probes[place : place + 1] if scenario.each else probes:
                moments[token] = min(moments[token], time.monotonic())
            scenario.undo(world, None)
        time.sleep(1)
    result.milliseconds = [_timed(world, scenario, WATCHED + n) for n in range(REPEATS - WATCHED)]
    answers = asked.after(moments)
    result.alive_before = asked.before(moments)
    result.asked_after, result.alive_after = len(answers), sum(answers)
    return result


def _timed(world: World, scenario: Scenario, place: int) -> float:
    """How long the service takes, in milliseconds."""
    user = _user(world, scenario, place)
    began = time.perf_counter()
    scenario.change(world, user)
    taken = (time.perf_counter() - began) * 1000
    scenario.undo(world, None)
    return taken


def _user(world: World, scenario: Scenario, place: int) -> User | None:
    return owner(world, place) if scenario.each else None


def first_job() -> RevocationJob:
    """The outbox keeps the first of the repeated changes: as after one click."""
    jobs = RevocationJob.objects.exclude(state=DONE)
    first = jobs.earliest("created")
    jobs.exclude(pk=first.pk).delete()
    return first


def token_load(world: World, port: int) -> OpenLoad:
    """A steady trickle of client_credentials on a server that nothing happens to."""
    path = f"/oauth2/{world.servers[-1].pk}/v1/token"
    form = {"grant_type": "client_credentials", "scope": "orders:read"}

    def call(connection: http.client.HTTPConnection) -> int:
        return post(connection, path, form, world.service)[0]

    return OpenLoad(port, call, rate=RATE)


def quiet(load: OpenLoad) -> Background:
    """Nothing beside the load."""
    load.fresh()
    time.sleep(QUIET_SECONDS)
    return Background("nothing else", 0, QUIET_SECONDS, load.fresh())


def cascade(load: OpenLoad, job: RevocationJob, title: str, worker: int) -> Background:
    """The worker carries out one job of the outbox."""

    def is_over() -> bool:
        job.refresh_from_db()
        return job.state == DONE

    result = _beside(load, title, "apps.tokens.tasks.run_revocation_job", [job.pk], is_over, worker)
    result.rows = job.rows_done
    return result


def sweep(world: World, load: OpenLoad, count: int, worker: int) -> Background:
    """The worker deletes so many expired rows."""
    copy_expired(world, count)
    expired = Grant.objects.filter(sweep_after__lt=timezone.now() - timedelta(days=7))
    title, task = "a sweep of expired grants", "apps.tokens.tasks.sweep_expired"
    result = _beside(load, title, task, [], lambda: not expired.exists(), worker)
    result.rows = count
    return result


def _beside(
    load: OpenLoad,
    title: str,
    task: str,
    arguments: list[str],
    is_over: Callable[[], bool],
    worker: int,
) -> Background:
    from authzsite.celery import app

    memory: list[float] = []
    load.fresh()
    began = time.monotonic()
    app.send_task(task, args=arguments)
    while not is_over():
        assert time.monotonic() - began < PATIENCE_SECONDS, f"{title} doesn't end"
        memory.append(resident_mib(worker))
        time.sleep(0.25)
    return Background(title, 0, time.monotonic() - began, load.fresh(), memory)
