"""The rows of the Jobs page, as `templates/admin/systemlog/jobs_live.html` shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.systemlog.admin import jobs_words as words
from apps.systemlog.admin.parts import list_url, seconds
from apps.systemlog.job_states import (
    ALARMING,
    Periodic,
    Revocation,
    State,
    finished_revocations,
    judged,
    open_revocations,
    periodic_jobs,
)
from apps.systemlog.outbox import rows_left

OPEN_SHOWN, FINISHED_SHOWN = 50, 10
SAFE = gettext_lazy(
    "No token lives longer for it: what is revoked or expired is refused at once. Only the tidying"
    " of rows waits."
)


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page shows, read at one moment."""

    now: datetime
    periodic: Sequence[Periodic] = ()
    open: Sequence[Revocation] = ()
    finished: Sequence[Revocation] = ()
    has_more_open: bool = False

    @property
    def states(self) -> list[State]:
        """Of everything that isn't done."""
        return [*(one.state for one in self.open), *(one.state for one in self.periodic)]

    @property
    def alarms(self) -> list[State]:
        """Those that want a person."""
        return [state for state in self.states if state in ALARMING]

    @property
    def is_busy(self) -> bool:
        """Whether something may look different in two seconds."""
        at_work = (one.state is State.RUNNING or one.row.is_wanted for one in self.periodic)
        return bool(self.open) or any(at_work)


def overview(now: datetime) -> Overview:
    """Three statements, however many jobs there are."""
    periodic = periodic_jobs(now)
    waiting = judged(open_revocations()[: OPEN_SHOWN + 1], now)
    finished = judged(finished_revocations()[:FINISHED_SHOWN], now)
    return Overview(now, periodic, waiting[:OPEN_SHOWN], finished, len(waiting) > OPEN_SHOWN)


def live_context(found: Overview) -> dict[str, Any]:
    """The members of the template."""
    return {
        "is_busy": found.is_busy,
        "notice": notice(found),
        "status": status_line(found),
        "open": [revocation_row(one, found.now) for one in found.open],
        "has_more_open": found.has_more_open,
        "periodic": [periodic_row(one, found.now) for one in found.periodic],
        "finished": [revocation_row(one, found.now) for one in found.finished],
    }


def status_line(found: Overview) -> str:
    """Read aloud when it changes: how many jobs of each kind there are."""
    more, n = found.has_more_open, len(found.open)
    waiting = (
        _("more than %(n)d revocations under way") if more else _("%(n)d revocations under way")
    )
    running = _("%(n)d jobs running") % {"n": found.states.count(State.RUNNING)}
    parts = [waiting % {"n": n}, running]
    return ", ".join([*parts, *_counts(found.alarms)]) + "."


def notice(found: Overview) -> dict[str, Any] | None:
    """The answer before the tables, when something needs a person."""
    begun = [one.row.started for one in found.periodic if one.row.started]
    if begun and all(one.state is State.STALLED for one in found.periodic if one.row.started):
        silent = words.length(found.now - max(begun))
        title = _("No job has begun for %(time)s. Are a worker and beat running?") % {
            "time": silent
        }
        return {"tone": "danger", "title": title, "text": SAFE}
    if not found.alarms:
        return None
    n, which = len(found.alarms), ", ".join(_counts(found.alarms))
    said = ngettext(
        "%(n)d job needs attention: %(which)s.", "%(n)d jobs need attention: %(which)s.", n
    )
    title = said % {"n": n, "which": which}
    tone = "warn" if set(found.alarms) == {State.FAILED} else "danger"
    return {"tone": tone, "title": title, "text": SAFE}


def _counts(states: Sequence[State]) -> list[str]:
    counted = ((states.count(state), words.STATES[state]) for state in sorted(set(states)))
    return [f"{number} {str(state).lower()}" for number, state in counted]


def revocation_row(one: Revocation, now: datetime) -> dict[str, Any]:
    """A job of the outbox."""
    row = one.row
    is_open = one.state is not State.DONE
    has_begun = is_open and row.started is not None
    return {
        "id": row.pk,
        "title": words.cause_title(row.cause),
        "subject": words.subject(row),
        "author": row.author or "authzsite",
        "changed": words.moment(row.created, now),
        "log": list_url("systemlog.LogEvent", reference=row.reference) if row.reference else "",
        "state": words.state_badge(one.state),
        "note": trouble_note(one, now),
        "error": row.last_error if is_open else "",
        "bar": bar(row.progress, row.rows_seen, rows_left(row), one.state) if has_begun else None,
        "marked": words.number(row.rows_done),
        "seen": words.number(row.rows_seen),
        "left": left_text(rows_left(row)),
        "duration": words.length(one.duration(now)),
        "attempts": row.attempts,
        "finished": words.moment(row.finished, now),
        "may_run": is_open and one.state is not State.RUNNING,
    }


def periodic_row(one: Periodic, now: datetime) -> dict[str, Any]:
    """A job of the schedule."""
    row, is_running = one.row, one.state is State.RUNNING
    has_failed = bool(row.last_error) and one.state in ALARMING
    return {
        "id": one.job.name,
        "title": _(one.job.title),
        "does": _(one.job.does) if one.job.does else "",
        "state": words.state_badge(one.state),
        "note": stalled_note(one, now),
        "error": row.last_error if has_failed else "",
        "failed": words.moment(row.failed, now) if has_failed else None,
        "bar": bar(row.progress, row.rows_done, row.rows_left, one.state) if is_running else None,
        "rows": words.number(row.rows_done if row.started else None),
        "tables": words.rows_by_table(row.counts),
        "left": left_text(row.rows_left),
        "last": words.moment(row.started if is_running else one.ended, now),
        "duration": words.length(one.duration(now)),
        "next": words.moment(None if is_running else row.next_run, now),
        "is_due": bool(row.next_run and row.next_run <= now),
        "is_wanted": row.is_wanted,
        "every": _("every %(time)s") % {"time": seconds(one.job.interval).removeprefix("1 ")},
        "within": _("within %(time)s") % {"time": seconds(one.job.interval)},
        "may_run": not is_running and not row.is_wanted,
    }


def bar(progress: int, done: int, left: int | None, state: State) -> dict[str, Any]:
    """Members of `components/progress.html`; an empty bar while nothing is known."""
    of = {} if left is None else {"done": f"{done:,}", "all": f"{done + left:,}"}
    text = _("%(done)s of ≈ %(all)s") % of if of else f"{done:,}"
    tone = "danger" if state in ALARMING else ""
    # A bar that is full before its end would lie.
    percent = min(progress // 10, 99)
    return {"label": f"{percent} %", "text": text, "done": progress, "total": 1000, "tone": tone}


def left_text(left: int | None) -> str:
    """An estimate, and said to be one."""
    return f"≈ {left:,}" if left else words.number(left)


def trouble_note(one: Revocation, now: datetime) -> str:
    """Why it is marked, and what happens next."""
    if one.state is State.STUCK:
        told = _("Nothing has moved for %(time)s. Is a worker running?")
        return told % {"time": words.length(now - one.row.updated)}
    is_failed = one.state is State.FAILED
    return _("The last attempt failed; another one follows.") if is_failed else ""


def stalled_note(one: Periodic, now: datetime) -> str:
    """Why it is marked."""
    if one.state is not State.STALLED:
        return ""
    if one.row.holder:
        return _("Its worker has gone silent. Another one takes over at the next run.")
    return _("Nobody has run it though it is long due. Are a worker and beat running?")
