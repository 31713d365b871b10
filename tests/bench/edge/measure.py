"""One measurement after another of a subject: each operation is checked, warmed up, measured at
each number of connections, and its statements are counted apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.edge.checks import ask, check, item_for
from tests.bench.edge.generator import Load, Request, send
from tests.bench.edge.plan import COUNTED, Plan
from tests.bench.edge.statements import counted, has_counter
from tests.bench.edge.subject import INTROSPECT_JWT, OPERATIONS, RS256, Subject, Supply
from tests.bench.product import cpu_seconds

JWTS = 100


@dataclass(frozen=True, slots=True)
class Measured:
    """One figure of the table. Milliseconds; processor time of a request, of the server's processes
    and of the database's; statements of a request alone, and beside others."""

    subject: str
    operation: str
    connections: int
    rate: float
    p50: float
    p99: float
    failures: int
    requests: int
    server: float
    database: float
    alone: float | None = None
    shared: float | None = None
    is_out: bool = False

    @property
    def cpu(self) -> float:
        """Server and database together."""
        return self.server + self.database


@dataclass(frozen=True, slots=True)
class Bench:
    """A subject under a plan; `folder` is private."""

    subject: Subject
    plan: Plan
    folder: Path

    def run(self, operations: Sequence[str] = OPERATIONS) -> Iterator[Measured]:
        """All operations that the subject has. Raises AssertionError when an answer is wrong."""
        for name in operations:
            if name in self.subject.requests:
                yield from self.operation(name)

    def operation(self, name: str) -> Iterator[Measured]:
        """At each number of connections."""
        self.fetch_jwts(name)
        check(self.subject, name)
        request, counts = self.subject.requests[name], self.plan.counts(self.subject)
        alone, shared = self.statements(request, max(counts))
        if self.plan.warm:
            self.send(request, max(counts), self.plan.warm)
        for connections in counts:
            yield self.one(name, request, connections, alone, shared)
        check(self.subject, name)

    def one(
        self,
        name: str,
        request: Request,
        connections: int,
        alone: float | None,
        shared: float | None,
    ) -> Measured:
        """One line."""
        server, database = self.spent()
        load = self.send(request, connections, self.plan.seconds)
        server_after, database_after = self.spent()
        milliseconds = 1000 / max(1, load.requests)
        return Measured(
            self.subject.title,
            name,
            connections,
            load.rate,
            load.p50,
            load.p99,
            load.failures,
            load.requests,
            (server_after - server) * milliseconds,
            (database_after - database) * milliseconds,
            alone,
            shared,
            load.is_out,
        )

    def spent(self) -> tuple[float, float]:
        """Processor seconds so far: of the server, of the database."""
        return cpu_seconds(self.subject.server), sum(map(cpu_seconds, self.subject.database))

    def send(self, request: Request, connections: int, seconds: int) -> Load:
        """With tokens of its own, where it spends any."""
        items: Sequence[str] = ()
        if request.way == "cycle" and request.supply:
            items = self.subject.supplies[request.supply].items
        elif request.way == "once":
            count = self.plan.spent(self.subject.most, connections, seconds)
            items = self.subject.supplies[request.supply].take(count)
        elif request.way == "chain":
            items = self.subject.supplies[request.supply].take(self.plan.chains(connections))
        return send(
            self.folder,
            self.subject.port,
            request,
            items,
            connections=connections,
            seconds=seconds,
            host=self.subject.host,
        )

    def statements(self, request: Request, connections: int) -> tuple[float | None, float | None]:
        """Of a request alone, and beside others; None where nobody counts."""
        if not self.subject.url or not has_counter(self.subject.url):
            return None, None
        alone = counted(self.subject.url, lambda: self.one_by_one(request))
        if not self.plan.counting:
            return alone, None
        load = lambda: self.send(request, connections, self.plan.counting).requests  # noqa: E731
        return alone, counted(self.subject.url, load)

    def one_by_one(self, request: Request) -> int:
        """A few requests, each after the answer to the one before."""
        for _ in range(COUNTED):
            ask(self.subject, request, item_for(self.subject, request))
        return COUNTED

    def fetch_jwts(self, name: str) -> None:
        """JWTs are signed by the server itself."""
        if name == INTROSPECT_JWT and "jwt" not in self.subject.supplies:
            request = self.subject.requests[RS256]
            found = [ask(self.subject, request)["access_token"] for _ in range(JWTS)]
            self.subject.supplies["jwt"] = Supply(found)
