"""What a proposed set of policies would do: to the requests that the log holds, and to the grants
that live.

Both sets decide on the facts of now, so what differs is the change's doing and nothing else's. What
the log says was decided then is not compared: it was decided by other people and policies.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from apps.oauth.facts import access_request
from apps.oauth.simulation.cases import book_of, clients_of
from apps.oauth.simulation.obstacles import client_obstacles
from apps.oauth.simulation.people import readings_of
from apps.oauth.simulation.recorded import (
    LiveGrant,
    Request,
    living,
    recorded_decisions,
)
from apps.servers.models import AuthorizationServer
from authzsite.domain.access_request import AccessRequest
from authzsite.domain.grant_types import has_user
from authzsite.domain.policy import Policy, PolicyBook
from authzsite.domain.whatif import Case, Comparison, compare, surviving_rules

CLIENT_GONE = "client_gone"
USER_GONE = "user_gone"
CLIENT_BARRED = "client_barred"  # inactive, or without the grant type


@dataclass(frozen=True, slots=True)
class Part:
    """One of the two comparisons, and what it looked at. `not_replayed`: how many, by why."""

    comparison: Comparison
    looked_at: int
    is_partial: bool
    not_replayed: dict[str, int] = field(default_factory=dict)
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer. `ending`: how many of the grants that were looked at the change would end (R15),
    whether or not they could be had again; `ended_ids` are theirs."""

    recorded: Part
    grants: Part
    ended_ids: frozenset[str]


def what_if(
    server: AuthorizationServer, proposed: tuple[Policy, ...], days: int, now: datetime
) -> WhatIf:
    """The proposed policies instead of the present ones; the log of so many days."""
    before = book_of(server)
    after = replace(before, policies=proposed)
    log = recorded_decisions(server.pk, now - timedelta(days=days))
    live = living(server.pk, now)
    facts = _Facts(server, [*log.requests, *(one.request for one in live.grants)], now)
    asked = [(request, times, "") for request, times in log.requests.items()]
    again = [(one.request, 1, one.id) for one in live.grants]
    cases, lost = facts.cases(asked)
    recorded = Part(
        compare(before, after, cases),
        log.looked_at,
        log.is_partial,
        {**log.passed_over, **lost},
        log.since,
    )
    cases, lost = facts.cases(again)
    grants = Part(compare(before, after, cases), len(live.grants), live.is_partial, dict(lost))
    return WhatIf(recorded, grants, _ending(before, after, live.grants))


def _ending(before: PolicyBook, after: PolicyBook, grants: Iterable[LiveGrant]) -> frozenset[str]:
    surviving = surviving_rules(before, after)
    return frozenset(one.id for one in grants if (one.policy_id, one.rule_id) not in surviving)


class _Facts:
    """What is known now of everybody who is asked about."""

    def __init__(
        self, server: AuthorizationServer, requests: Iterable[Request], now: datetime
    ) -> None:
        pairs = {(one.client, one.user) for one in requests}
        self.server, self.now = server, now
        self.clients = clients_of({client for client, _ in pairs})
        self.readings = readings_of(pairs, now)

    def cases(self, asked: Iterable[tuple[Request, int, str]]) -> tuple[list[Case], Counter[str]]:
        """Those that can be asked again, and how many can't, by why."""
        found: list[Case] = []
        lost: Counter[str] = Counter()
        for request, times, ref in asked:
            made = self._made(request)
            if isinstance(made, AccessRequest):
                found.append(Case(made, times, ref))
            else:
                lost[made] += times
        return found, lost

    def _made(self, asked: Request) -> AccessRequest | str:
        """The request, or why it can't be asked any more."""
        client = self.clients.get(asked.client)
        if client is None:
            return CLIENT_GONE
        reading = self.readings[asked.client, asked.user]
        if reading.user is None and has_user(asked.grant_type):
            return USER_GONE
        if client_obstacles(self.server, client, asked.grant_type):
            return CLIENT_BARRED
        return access_request(
            self.server,
            client,
            reading,
            grant_type=asked.grant_type,
            requested=asked.scopes,
            now=self.now,
        )
