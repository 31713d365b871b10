"""What the dashboard and the menu say of jobs; the providers are named in `authzsite.menu`."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.systemlog.admin import jobs_words as words
from apps.systemlog.job_states import (
    ALARMING,
    CLEAN_UP,
    COUNT_LIMIT,
    OpenJobs,
    State,
    open_jobs,
    periodic_jobs,
)

SAID = {
    State.FAILED: gettext_lazy("“%(job)s” failed"),
    State.STALLED: gettext_lazy("“%(job)s” is stalled"),
}


def open_badge(request: HttpRequest) -> str | None:
    """The number of open revocations; none, no badge."""
    number = _open(request).number
    return _bounded(number) if number else None


def cards(request: HttpRequest) -> list[dict[str, Any]]:
    """One card: what is open, what of it is stuck, and when the last clean-up was."""
    now, found = timezone.now(), _open(request)
    sweep = next((one for one in periodic_jobs(now) if one.job.name == CLEAN_UP), None)
    cleaned = sweep.row.finished if sweep else None
    hints = [
        _("%(number)d stuck") % {"number": found.stuck} if found.stuck else "",
        _("cleaned up %(when)s") % {"when": words.distance(cleaned, now)}
        if cleaned
        else _("not cleaned up yet"),
    ]
    return [
        {
            "label": _("Revocations under way"),
            "value": _bounded(found.number),
            "href": reverse("admin:jobs"),
            "hint": " · ".join(filter(None, hints)),
            "tone": "danger" if found.stuck else "",
        }
    ]


def attention(request: HttpRequest) -> list[dict[str, Any]]:
    """Revocations that don't get on, and periodic jobs that nobody runs or that fail."""
    now, found, href = timezone.now(), _open(request), reverse("admin:jobs")
    items = [
        _item(_stuck(found.stuck), href) if found.stuck else None,
        _item(_failing(found.failed), href) if found.failed else None,
        *(
            _item(SAID[one.state] % {"job": _(one.job.title)}, href, one.row.last_error)
            for one in periodic_jobs(now)
            if one.state in ALARMING
        ),
    ]
    return [item for item in items if item]


def _stuck(number: int) -> str:
    words = ngettext("A revocation is stuck", "%(number)s revocations are stuck", number)
    return words % {"number": _bounded(number)}


def _failing(number: int) -> str:
    words = ngettext("A revocation is failing", "%(number)s revocations are failing", number)
    return words % {"number": _bounded(number)}


def _item(text: str, href: str, hint: str = "") -> dict[str, Any]:
    return {"label": _("Job"), "tone": "danger", "text": text, "href": href, "hint": hint}


def _open(request: HttpRequest) -> OpenJobs:
    """Read once for the menu, the card and the list of one page."""
    found: OpenJobs | None = getattr(request, "open_jobs", None)
    if found is None:
        found = open_jobs(timezone.now())
        request.open_jobs = found  # type: ignore[attr-defined]
    return found


def _bounded(number: int) -> str:
    return f"{number:,}+" if number >= COUNT_LIMIT else f"{number:,}"
