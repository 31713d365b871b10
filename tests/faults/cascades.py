"""Jobs of the outbox as a fault test follows them: in the database, past the product."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.faults.servers import Redis, wait_until
from tests.faults.service_world import ServiceWorld
from tests.processes import Installation, Process

DONE_SECONDS = 60.0  # it takes two or three; the machine may be busy
IMPLICIT = "app.oauth2.token.revoke.implicit.user"


@dataclass
class Scene:
    """An installation on PostgreSQL and Redis, its world, and no process of its own yet."""

    made: Installation
    world: ServiceWorld
    redis: Redis

    def query(self, sql: str, *parameters: Any) -> list[Any]:
        """The rows of one statement in the installation's database."""
        url = self.made.environment["DATABASE_URL"]
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(sql.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def errand(self, name: str, *arguments: object) -> Any:
        """What `tests.faults.errand` returned there."""
        printed = self.made.run("-m", "tests.faults.errand", name, *map(str, arguments))
        return json.loads(printed.strip().splitlines()[-1])

    def doom(self, count: int) -> "Doomed":
        """A user with so many grants, deactivated."""
        return Doomed(self, count, **self.errand("doomed", count))

    def long_ago(self) -> None:
        """As if open jobs had not moved for an hour: beat's next round offers them."""
        self.query(
            "UPDATE systemlog_revocationjob SET updated = updated - interval '1 hour' "
            "WHERE state <> 'DONE'"
        )

    @contextmanager
    def worker(self, *command: str) -> Iterator[Process]:
        """A worker for as long as the block lasts; the product's own unless told otherwise."""
        ready = self.made.folder / "worker.ready"
        ready.unlink(missing_ok=True)
        if command:
            log = self.made.folder.parent / f"worker-{len(self.made.running)}.log"
            process = Process.start(list(command), self.made.environ(), log)
            self.made.running.append(process)
        else:
            process = self.made.start("worker")
        try:
            process.wait_until(ready.exists)
            yield process
        finally:
            process.kill()


@dataclass
class Doomed:
    """A job, and whose rows it is to mark."""

    scene: Scene
    count: int
    user: str
    job: str

    def state(self) -> str:
        return str(self._job("state"))

    def marked(self) -> int:
        """Rows that the job says it has marked."""
        return int(self._job("rows_done"))

    def _job(self, column: str) -> Any:
        sql = f"SELECT {column} FROM systemlog_revocationjob WHERE id = %s"
        return self.scene.query(sql, self.job)[0][0]

    def is_under_way(self) -> bool:
        """Whether a batch is committed, and more are to come."""
        return self.state() == "RUNNING" and 0 < self.marked() < self.count

    def assert_completed_once(self) -> None:
        """I5, I10: in the end every row is marked, and one event counts them."""
        wait_until(lambda: self.state() == "DONE", DONE_SECONDS, "the cascade didn't complete")
        sql = "SELECT count(*), count(revoked_at) FROM tokens_grant WHERE user_id = %s"
        assert self.scene.query(sql, self.user) == [(self.count, self.count)]
        assert self.marked() == self.count
        sql = "SELECT body FROM systemlog_logevent WHERE event_type = %s AND user_id = %s"
        events = self.scene.query(sql, IMPLICIT, self.user)
        assert [body["target"][0]["detailEntry"]["TokenCount"] for (body,) in events] == [
            self.count
        ]
