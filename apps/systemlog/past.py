"""What the log knows of one object: the events that changed it, newest first, and what each undid.

Both are found by indexes (`changed.py`), a page at a time, however many events there are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from apps.systemlog.changed import PAIRS, REVOKE, kind_of
from apps.systemlog.models import ChangedObject, LogEvent, RevocationJob

PAGE: Final = 50
APPLIED: Final = "system.configuration.apply"
IMPLICIT: Final = "app.oauth2.token.revoke.implicit."
TOLD: Final = (APPLIED, *(f"{IMPLICIT}{family}" for family in ("as", "client", "user")))
FLOW_LIMIT: Final = 1000  # events and jobs of the references of one page that are looked at
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some of an object's events, newest first; `has_more` older ones."""

    events: list[LogEvent]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Revoked:
    """What a change ended: its job in the outbox, the event that told of it, how many tokens.

    `count` is None while nobody has counted, and for what has no rows.
    """

    job_id: str
    cause: str
    is_done: bool
    count: int | None = None
    event_id: int | None = None


def page_of(kind: str, object_id: str, before: int | None = None, size: int = PAGE) -> Page:
    """The events that changed the object, older than the event `before`: two look-ups by index."""
    found = ChangedObject.objects.filter(kind=kind, object_id=object_id)
    if before is not None:
        found = found.filter(event_id__lt=before)
    pairs = list(found.order_by("-event_id").values_list("event_id", "published")[: size + 1])
    return Page(_read(pairs[:size]), len(pairs) > size)


def later_than(kind: str, object_id: str, event_id: int, limit: int) -> list[LogEvent]:
    """The object's events after this one, newest first, one more than `limit` at most."""
    found = ChangedObject.objects.filter(kind=kind, object_id=object_id, event_id__gt=event_id)
    pairs = found.order_by("-event_id").values_list("event_id", "published")
    return _read(list(pairs[: limit + 1]))


def _read(pairs: list[tuple[int, Any]]) -> list[LogEvent]:
    """By key, and by the span of time, which says in which partitions they lie."""
    if not pairs:
        return []
    times = [published for _, published in pairs]
    rows = LogEvent.objects.filter(
        pk__in=[pk for pk, _ in pairs], published__range=(min(times), max(times))
    )
    return sorted(rows, key=lambda event: -event.pk)


def targets_of(event: LogEvent) -> list[dict[str, Any]]:
    """What the event is about."""
    found = event.body.get("target") if isinstance(event.body, dict) else None
    return found or []


def changes_of(target: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Field → (before, after) of one target of an event."""
    details = target.get("changeDetails") or {}
    before, after = details.get("from") or {}, details.get("to") or {}
    return {name: (before.get(name), after.get(name)) for name in {**before, **after}}


def changes_to(event: LogEvent, kind: str, object_id: str) -> dict[str, tuple[Any, Any]]:
    """What the event changed on this object alone."""
    found: dict[str, tuple[Any, Any]] = {}
    for one in targets_of(event):
        if kind_of(one) == kind and str(one.get("id")) == object_id:
            found |= changes_of(one)
    return found


def undone(values: Values, changes: Mapping[str, tuple[Any, Any]]) -> Values:
    """The values as they were before these changes."""
    return {**values, **{name: before for name, (before, _) in changes.items()}}


def flows_of(events: Iterable[LogEvent]) -> tuple[set[str], dict[int, list[Revoked]]]:
    """Of these events: the references that carried out a configuration file, and what each event
    revoked. Two statements by the indexes on references."""
    events = list(events)
    references = {event.reference for event in events if event.reference}
    if not references:
        return set(), {}
    jobs = RevocationJob.objects.filter(reference__in=references)[:FLOW_LIMIT]
    told = LogEvent.objects.filter(reference__in=references, event_type__in=TOLD)[:FLOW_LIMIT]
    beside = list(told)
    counts = {str((e.body.get("debugData") or {}).get("job")): e for e in beside}
    applied = {event.reference for event in beside if event.event_type == APPLIED}
    return applied, _shared(events, [(job, counts.get(job.pk)) for job in jobs])


def _shared(
    events: list[LogEvent], jobs: list[tuple[RevocationJob, LogEvent | None]]
) -> dict[int, list[Revoked]]:
    """Each job at the event that it followed from: of those about its object, the nearest in
    time."""
    found: dict[int, list[Revoked]] = {}
    for job, told in jobs:
        near = [one for one in events if one.reference == job.reference and _is_of(job, one)]
        if near:
            event = min(near, key=lambda one: abs(one.published - job.created))
            found.setdefault(event.pk, []).append(_revoked(job, told))
    return found


def _is_of(job: RevocationJob, event: LogEvent) -> bool:
    """The first target of an event is what it is about; of a pair, both are."""
    if event.event_type == REVOKE:
        return True
    about = 2 if event.event_type.startswith(tuple(PAIRS)) else 1
    return job.object_id in [str(one.get("id")) for one in targets_of(event)[:about]]


def _revoked(job: RevocationJob, told: LogEvent | None) -> Revoked:
    counts = [(one.get("detailEntry") or {}).get("TokenCount") for one in _told_targets(told)]
    return Revoked(
        job_id=job.pk,
        cause=job.cause,
        is_done=job.state == RevocationJob.State.DONE,
        count=next((number for number in counts if number is not None), None),
        event_id=told.pk if told else None,
    )


def _told_targets(event: LogEvent | None) -> Iterator[dict[str, Any]]:
    yield from targets_of(event) if event else ()
