"""What a proposed set of policies would do: to the requests that the log holds, and to the grants
that live.

Both sets decide on the facts of now, so what differs is the change's doing and nothing else's. What
the log says was decided then is not compared: it was decided by other people and policies.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from apps.oauth.simulation.cases import book_of
from apps.oauth.simulation.recorded import About, LiveGrant, living, recorded_decisions
from apps.oauth.simulation.worlds import replay, world_of
from apps.servers.models import AuthorizationServer
from authzsite.domain.policy import Policy, PolicyBook
from authzsite.domain.whatif import Comparison, surviving_rules


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
    about = About(server_id=server.pk)
    log = recorded_decisions(about, now - timedelta(days=days))
    live = living(about, now)
    before = world_of([*log.requests, *(one.request for one in live.grants)], now)
    book = before.books.get(server.pk) or book_of(server)
    proposal = replace(book, policies=proposed)
    after = replace(before, books={server.pk: proposal})
    found, lost = replay(before, after, [(one, n, "") for one, n in log.requests.items()])
    skipped = {**log.passed_over, **lost}
    recorded = Part(found, log.looked_at, log.is_partial, skipped, log.since)
    found, lost = replay(before, after, [(one.request, 1, one.id) for one in live.grants])
    grants = Part(found, len(live.grants), live.is_partial, lost)
    return WhatIf(recorded, grants, _ending(book, proposal, live.grants))


def _ending(before: PolicyBook, after: PolicyBook, grants: Iterable[LiveGrant]) -> frozenset[str]:
    surviving = surviving_rules(before, after)
    return frozenset(one.id for one in grants if (one.policy_id, one.rule_id) not in surviving)
