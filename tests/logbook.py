"""What the system log and the outbox hold, in a form that tests can compare."""

from typing import Any

from apps.systemlog.models import LogEvent, RevocationJob


def events(*, since: int = 0) -> list[str]:
    """The types of the events, oldest first."""
    found = LogEvent.objects.filter(pk__gt=since).order_by("pk")
    return list(found.values_list("event_type", flat=True))


def mark() -> int:
    """Where the log ends now, for `events(since=...)`."""
    last = LogEvent.objects.order_by("-pk").first()
    return last.pk if last else 0


def changes(event_type: str) -> dict[str, tuple[Any, Any]]:
    """Field → (before, after) of the newest event of a type, over all its targets."""
    event = LogEvent.objects.filter(event_type=event_type).order_by("-pk")[0]
    details = [t["changeDetails"] for t in event.body["target"] if "changeDetails" in t]
    return {
        name: (detail["from"].get(name), after)
        for detail in details
        for name, after in detail["to"].items()
    }


def jobs() -> list[tuple[str, str]]:
    """(kind, cause) of the outbox rows, oldest first."""
    return list(RevocationJob.objects.order_by("created", "pk").values_list("kind", "cause"))


def everything() -> str:
    """All that the log holds, as one text to search for what must not be there."""
    return repr(list(LogEvent.objects.values())) + repr(list(RevocationJob.objects.values()))
