"""How often what was decided, by the hour: counted once, as events arrive, so that no page counts
the log (R24).

A job follows the log by id, batch after batch. Each batch is counted in the transaction that moves
the job's place, so that no event is counted twice or left out, wherever the job is killed.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models.fields.json import KT

from apps.systemlog.arrival import arrived
from apps.systemlog.batches import expiring
from apps.systemlog.jobs import Progress
from apps.systemlog.models import LogEvent, Tally
from apps.systemlog.sweeping import run_sweeps

BATCH_ROWS: Final = 2_000
PAUSE_SECONDS: Final = 0.02
KEPT: Final = timedelta(days=35)
EVENTS: Final = "events"  # the job's place in the log
ALL: Final = ""  # of all servers together

GRANT, DENIAL, TOKEN = "grant", "denial", "token"
CODE: Final = "app.oauth2.as.authorize.code"
ACCESS: Final = "app.oauth2.as.token.grant.access_token"
REFUSALS: Final = frozenset({"app.oauth2.as.token.grant", "app.oauth2.as.authorize"})
CLIENT_CREDENTIALS: Final = "client_credentials"


class Key(NamedTuple):
    """What one number counts. `rule_id` of grants by a rule, `reason` of denials."""

    hour: datetime
    server_id: str
    kind: str
    rule_id: str = ""
    reason: str = ""


def keep_tally(now: datetime, progress: Progress) -> bool:
    """Count what arrived since the last run, and forget what is too old. True when the time of the
    run is up before the end."""
    place = int(progress.places.get(EVENTS) or _beginning(now))
    while True:
        events = _next(place)
        if events:
            place = _count(events, progress)
        if len(events) < BATCH_ROWS:
            return run_sweeps((expiring("tallies", Tally, "hour", KEPT),), progress, now)
        if progress.is_over_time():
            return True
        time.sleep(PAUSE_SECONDS)


def _beginning(now: datetime) -> int:
    """Before the oldest event that is still shown: nothing older is counted."""
    oldest = LogEvent.objects.filter(published__gte=now - KEPT).order_by("published")
    first = oldest.values_list("pk", flat=True).first()
    return first - 1 if first else 0


def _next(place: int) -> Sequence[Mapping[str, Any]]:
    found = LogEvent.objects.filter(arrived(), pk__gt=place).order_by("pk")
    debug = {"rule": KT("body__debugData__rule"), "grant": KT("body__debugData__grantType")}
    columns = ("pk", "published", "event_type", "outcome", "reason", "server_id", "rule", "grant")
    return list(found.annotate(**debug).values(*columns)[:BATCH_ROWS])


def _count(events: Sequence[Mapping[str, Any]], progress: Progress) -> int:
    counted: Counter[Key] = Counter()
    for event in events:
        counted.update(keys_of(event))
    place: int = events[-1]["pk"]
    with transaction.atomic():
        _add(counted)
        progress.places[EVENTS] = str(place)
        progress.report(rows=len(events))  # of no table: that events were counted is no event
    return place


def keys_of(event: Mapping[str, Any]) -> list[Key]:
    """The numbers that an event adds to: of its server, and of all together."""
    kinds = _kinds(event)
    hour = event["published"].replace(minute=0, second=0, microsecond=0)
    return [
        *(Key(hour, ALL, kind, "", reason) for kind, _rule, reason in kinds),
        *(Key(hour, event["server_id"], *kind) for kind in kinds if event["server_id"]),
    ]


def _kinds(event: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Kind, rule and reason. A grant is a decision (R11): the exchange of a code and a refresh
    continue one, but give tokens."""
    if event["event_type"] in REFUSALS:
        return [(DENIAL, "", event["reason"])] if event["outcome"] == "FAILURE" else []
    rule = (event["rule"] or "")[:20]
    if event["event_type"] == CODE:
        return [(GRANT, rule, "")]
    if event["event_type"] != ACCESS:
        return []
    decided = [(GRANT, rule, "")] if event["grant"] == CLIENT_CREDENTIALS else []
    return [*decided, (TOKEN, "", "")]


def _add(counted: Mapping[Key, int]) -> None:
    """To the rows; the lease keeps others away."""
    hours, servers = {key.hour for key in counted}, {key.server_id for key in counted}
    stored = Tally.objects.filter(hour__in=hours, server_id__in=servers)
    rows = {Key(*(getattr(row, name) for name in Key._fields)): row for row in stored}
    new = [Tally(**key._asdict(), count=n) for key, n in counted.items() if key not in rows]
    old = [rows[key] for key in counted if key in rows]
    for row in old:
        row.count += counted[Key(*(getattr(row, name) for name in Key._fields))]
    Tally.objects.bulk_create(new)
    Tally.objects.bulk_update(old, ["count"], batch_size=200)
