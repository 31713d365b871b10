"""Two worlds, and what is other in the second: a draft of policies, or a change that was made and
will be taken back.

A world is what decisions read of servers, clients and people, as the rows are in the transaction
that asks. Frozen, so that the one from before outlives the change.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from apps.clients.models import ActiveStatus
from apps.oauth.facts import access_request
from apps.oauth.simulation.cases import book_of, clients_of
from apps.oauth.simulation.obstacles import client_obstacles
from apps.oauth.simulation.people import Pair, readings_of
from apps.oauth.simulation.recorded import (
    About,
    LiveGrants,
    Recorded,
    Request,
    living,
    recorded_decisions,
)
from apps.servers.models import AuthorizationServer
from apps.tokens.store import Reading
from authzsite.domain.access_request import AccessRequest
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.grant_types import has_user
from authzsite.domain.policy import PolicyBook, evaluate
from authzsite.domain.policy_types import DENY, Decision
from authzsite.domain.whatif import Case, Comparison, Outcome, compared, outcomes

CLIENT_GONE: Final = "client_gone"
USER_GONE: Final = "user_gone"
CLIENT_BARRED: Final = "client_barred"  # inactive, or without the grant type
SERVER_GONE: Final = "server_gone"
QUICK_LIMIT: Final = 2_000  # of events, and of grants: what a page may cost
QUICK_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class World:
    """What decisions read, as it was at one moment. `books`: of each server that there is."""

    servers: Mapping[str, AuthorizationServer]
    books: Mapping[str, PolicyBook]
    clients: Mapping[str, ClientSnapshot]
    readings: Mapping[Pair, Reading]
    now: datetime

    def is_open(self, server_id: str) -> bool:
        """Whether anybody reaches the server."""
        server = self.servers.get(server_id)
        return server is not None and server.status == ActiveStatus.ACTIVE

    def request(self, asked: Request) -> AccessRequest | str:
        """The request as policies see it here, or why it can't be made any more."""
        server, client = self.servers.get(asked.server), self.clients.get(asked.client)
        if server is None:
            return SERVER_GONE
        if client is None:
            return CLIENT_GONE
        reading = self.readings[asked.client, asked.user]
        if reading.user is None and has_user(asked.grant_type):
            return USER_GONE
        if client_obstacles(server, client, asked.grant_type):
            return CLIENT_BARRED
        return access_request(
            server,
            client,
            reading,
            grant_type=asked.grant_type,
            requested=asked.scopes,
            now=self.now,
        )

    def decision(self, asked: Request, made: AccessRequest | str) -> Decision:
        """What becomes of it; what can't be made is denied for that reason."""
        if isinstance(made, str):
            return Decision(DENY, reason=made)
        return evaluate(self.books[asked.server], made)


def world_of(requests: Iterable[Request], now: datetime) -> World:
    """What decisions about these requests read, as the rows are in this transaction. Some sixteen
    statements for one server, however many requests, and six more for each other server."""
    requests = list(requests)
    pairs = {(one.client, one.user) for one in requests}
    servers = AuthorizationServer.objects.in_bulk({one.server for one in requests})
    return World(
        servers,
        {pk: book_of(server) for pk, server in servers.items()},
        clients_of({client for client, _ in pairs}),
        readings_of(pairs, now),
        now,
    )


Asked = tuple[Request, int, str]
"""A request, how often it was made, and what the caller knows it by."""


def replay(
    before: World, after: World, asked: Iterable[Asked]
) -> tuple[Comparison, dict[str, int]]:
    """What is other afterwards, and how many could be asked in neither world, by why."""
    judged: list[tuple[Case, Decision, Decision]] = []
    lost: Counter[str] = Counter()
    for request, times, ref in asked:
        old, new = before.request(request), after.request(request)
        made = old if isinstance(old, AccessRequest) else new
        if isinstance(made, str):
            lost[str(old)] += times
            continue
        if before.is_open(request.server) and not after.is_open(request.server):
            new = SERVER_GONE
        answers = before.decision(request, old), after.decision(request, new)
        judged.append((Case(made, times, ref), *answers))
    return compared(judged), dict(lost)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What is replayed before a save: the newest requests, and grants that live."""

    log: Recorded
    live: LiveGrants
    since: datetime

    @property
    def requests(self) -> list[Request]:
        """All of both, for `world_of`."""
        return [*self.log.requests, *(one.request for one in self.live.grants)]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a change does to recent requests, and to grants if they were asked for again."""

    recorded: tuple[Outcome, ...]
    grants: tuple[Outcome, ...]
    replayed: int  # recorded requests, each as often as it was made
    is_partial: bool  # there is more in those days than was looked at
    since: datetime
    lost: Mapping[str, int] = field(default_factory=dict)


def recent_traffic(
    about: About, now: datetime, days: int = QUICK_DAYS, limit: int = QUICK_LIMIT
) -> Traffic:
    """At most `limit` events and grants. Three statements, before the change."""
    since = now - timedelta(days=days)
    return Traffic(recorded_decisions(about, since, limit), living(about, now, limit), since)


def replay_recent(traffic: Traffic, before: World, after: World) -> Replay:
    """What the change that lies between the worlds does. No statement."""
    asked = [(request, times, "") for request, times in traffic.log.requests.items()]
    again = [(one.request, 1, one.id) for one in traffic.live.grants]
    recorded, lost = replay(before, after, asked)
    grants, _ = replay(before, after, again)
    replayed = sum(traffic.log.requests.values()) - sum(lost.values())
    lines = outcomes(recorded), outcomes(grants)
    return Replay(*lines, replayed, traffic.log.is_partial, traffic.since, lost)
