"""What the console says of jobs: lengths of time, distances in time, and what a job is about."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.systemlog.admin.parts import badge, change_url, instant
from apps.systemlog.events import CATALOGUE
from apps.systemlog.job_states import State
from apps.systemlog.models import RevocationJob

TONES: Final[Mapping[State, str]] = {
    State.DONE: "success",
    State.RUNNING: "info",
    State.FAILED: "danger",
    State.STALLED: "danger",
    State.STUCK: "danger",
}
STATES: Final[Mapping[State, Promise]] = {
    State.IDLE: gettext_lazy("Idle"),
    State.RUNNING: gettext_lazy("Running"),
    State.WAITING: gettext_lazy("Waiting"),
    State.FAILED: gettext_lazy("Failed"),
    State.STALLED: gettext_lazy("Stalled"),
    State.STUCK: gettext_lazy("Stuck"),
    State.DONE: gettext_lazy("Done"),
}
CAUSES: Final[Mapping[str, Promise]] = {
    "revoked": gettext_lazy("Revoke all tokens"),
    "key revoked": gettext_lazy("Revoke signing key"),
}
PLACES: Final[Mapping[str, str]] = {
    "as": "servers.AuthorizationServer",
    "client": "clients.Client",
    "token_policy": "clients.TokenPolicy",
    "user": "directory.User",
    "policy": "policies.Policy",
    "rule": "policies.Rule",
}
STEPS: Final = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def state_badge(state: State) -> dict[str, str]:
    """The state in a word."""
    return badge(STATES[state], TONES.get(state, ""))


def length(span: timedelta | None) -> str:
    """In the two largest units that matter: 0.4 s, 12 s, 3 min 5 s, 2 h 10 min."""
    if span is None:
        return ""
    rest = span.total_seconds()
    if rest < 10:
        return f"{rest:.1f} s" if rest >= 0.05 else "< 0.1 s"
    words: list[str] = []
    for size, unit in STEPS:
        number, rest = divmod(int(rest), size)
        if number or words:
            words.append(f"{number} {unit}" if number else "")
        if len(words) == 2:
            break
    return " ".join(filter(None, words))


def distance(at: datetime, now: datetime) -> str:
    """How far away, roughly enough to stand still between two looks: 5 min ago, in 2 h."""
    seconds = abs(int((now - at).total_seconds()))
    if seconds < 60:
        return _("just now") if at <= now else _("in a moment")
    number, unit = next((seconds // size, unit) for size, unit in STEPS if seconds >= size)
    words = _("%(span)s ago") if at <= now else _("in %(span)s")
    return words % {"span": f"{number} {unit}"}


def moment(at: datetime | None, now: datetime) -> dict[str, str] | None:
    """A point in time as the template shows it: near words, the exact instant behind them."""
    if at is None:
        return None
    return {"text": distance(at, now), "iso": at.isoformat(), "exact": f"{instant(at)[:-4]} UTC"}


def number(count: int | None) -> str:
    """With separators; a dash for what isn't known."""
    return "–" if count is None else f"{count:,}"


def cause_title(cause: str) -> str:
    """What was done, as the catalogue of events says it."""
    if cause in CATALOGUE:
        return CATALOGUE[cause].message
    if cause.startswith("administrator "):  # an explicit revocation, by whom (R18)
        return _("Revoke tokens")
    words = str(CAUSES.get(cause) or cause.replace("_", " ").replace(".", " "))
    return words[:1].upper() + words[1:]


def subject(job: RevocationJob) -> dict[str, str]:
    """What was changed: its name, and its page as long as there is one."""
    label = PLACES.get(job.kind) or ("directory.Group" if job.object_id.startswith("00g") else "")
    is_gone = not label or "delete" in job.cause
    href = "" if is_gone else change_url(label, job.object_id)
    return {"name": job.object_name or job.object_id, "href": href}


def rows_by_table(counts: Any) -> str:
    """`grants 4,000 · sessions 12`, without those that lost nothing."""
    found = counts.items() if isinstance(counts, dict) else ()
    return " · ".join(f"{spaced(name)} {count:,}" for name, count in found if count)


def spaced(name: str) -> str:
    """`accessTokens` → `access tokens`."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).replace("_", " ")
