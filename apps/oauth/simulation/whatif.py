"""What a draft would do: to the requests that the log holds, and to the grants
that live.

Both sets decide on the facts of now, so what differs is the change's doing and nothing else's. What
the log says was decided then is not compared: it was decided by other people and policies.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.oauth.simulation.drafting import Drafted
from apps.oauth.simulation.recorded import living, recorded_decisions
from apps.oauth.simulation.worlds import replay, world_of
from authzsite.domain.whatif import Comparison


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


def what_if(draft: Drafted, days: int, now: datetime) -> WhatIf:
    """The draft in force; the log of so many days."""
    about = draft.about
    log = recorded_decisions(about, now - timedelta(days=days))
    live = living(about, now)
    requests = [*log.requests, *(one.request for one in live.grants)]
    before = draft.completed(world_of(requests, now))
    after = draft.after(before, requests)
    found, lost = replay(before, after, [(one, n, "") for one, n in log.requests.items()])
    skipped = {**log.passed_over, **lost}
    recorded = Part(found, log.looked_at, log.is_partial, skipped, log.since)
    found, lost = replay(before, after, [(one.request, 1, one.id) for one in live.grants])
    grants = Part(found, len(live.grants), live.is_partial, lost)
    ends = draft.ends(before)
    return WhatIf(recorded, grants, frozenset(one.id for one in live.grants if ends.ends(one)))
