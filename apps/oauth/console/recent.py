"""What recent requests would get after a change: a part of the page before it is saved."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.oauth.console.whatif_begin import (
    assignment_edits,
    client_replay,
    state_now,
    whole_replay,
)
from apps.oauth.simulation.recorded import About
from apps.oauth.simulation.worlds import Replay, recent_traffic, replay_recent, world_of
from apps.systemlog.admin.parts import badge, table
from apps.systemlog.admin.reach import register_replay, staged
from apps.systemlog.models import LogEvent
from apps.tokens import clock
from authzsite.domain.policy_types import Decision
from authzsite.domain.whatif import (
    GAINS,
    LOSES,
    OTHER_LIFETIMES,
    OTHER_RULE,
    OTHER_SCOPES,
    SAME,
    Outcome,
)

WORDS: Final[dict[str, tuple[Promise, str]]] = {
    SAME: (gettext_lazy("same"), "success"),
    LOSES: (gettext_lazy("denied from now on"), "danger"),
    GAINS: (gettext_lazy("granted from now on"), "info"),
    OTHER_SCOPES: (gettext_lazy("other scopes"), "warn"),
    OTHER_LIFETIMES: (gettext_lazy("other lifetime"), "warn"),
    OTHER_RULE: (gettext_lazy("another rule decides"), "info"),
}


@register_replay
def recent_requests(
    events: Sequence[LogEvent], change: Callable[[], object]
) -> dict[str, Any] | None:
    """`table` and `aside` of the section, and `whole`, the way to replay all. `events` are what the
    change said when it was made the first time; it is made again, and taken back. None where
    nothing was asked for recently."""
    about = _about(events)
    if about is None:
        return None
    now = clock.now()
    traffic = recent_traffic(about, now)
    if not traffic.log.requests:
        return None
    before, server_id = world_of(traffic.requests, now), about.server_id
    base = state_now(server_id)
    with transaction.atomic():
        with staged():
            change()
            after = world_of(traffic.requests, now)
            changed = state_now(server_id)
            assigned = assignment_edits([one for one in events if one.outcome == "SUCCESS"])
        transaction.set_rollback(True)
    found = _section(replay_recent(traffic, before, after), days=(now - traffic.since).days)
    whole = whole_replay(server_id, base, changed) if server_id else client_replay(assigned)
    return {**found, "whole": whole}


def _about(events: Sequence[LogEvent]) -> About | None:
    """Whose requests the change is about; None when it names nobody."""
    changes = [one for one in events if one.outcome == "SUCCESS"]
    servers = {one.server_id for one in changes} - {""}
    clients = {one.client_id for one in changes} - {""}
    users = {one.user_id for one in changes} - {""}
    if len(servers) == 1:
        return About(server_id=servers.pop())
    if len(clients) == 1 and not users:
        return About(client_id=clients.pop())
    return About(user_ids=tuple(sorted(users))) if users else None


def _section(found: Replay, days: int) -> dict[str, Any]:
    lines = [one for one in found.recorded if one.requests]
    rows = [_row(one) for one in lines]
    number = f"{found.replayed:,}{'+' if found.is_partial else ''}"
    words = ngettext(
        "last %(days)s days, %(number)s decision replayed",
        "last %(days)s days, %(number)s decisions replayed",
        found.replayed,
    )
    return {
        "aside": words % {"days": days, "number": number},
        "table": table((_("Outcome"), _("Requests#"), _("People#")), rows),
    }


def _row(outcome: Outcome) -> list[dict[str, Any]]:
    label, tone = WORDS[outcome.kind]
    return [
        {"badge": badge(str(label), tone), "hint": _such_as(outcome)},
        {"text": f"{outcome.requests:,}", "kind": "num"},
        {"text": f"{outcome.people:,}", "kind": "num"},
    ]


def _such_as(outcome: Outcome) -> str:
    """One of them, told in a line."""
    if not outcome.differences:
        return ""
    one = outcome.differences[0]
    asked = one.case.request
    words = {"client": asked.client_name or asked.client_id, "after": _told(one.after)}
    if not asked.user_id:
        return _("such as %(client)s: %(after)s") % words
    words["who"] = asked.user_name or asked.user_id
    return _("such as %(who)s at %(client)s: %(after)s") % words


def _told(decision: Decision) -> str:
    if not decision.is_allowed:
        return _("denied")
    minutes = decision.lifetimes.access_seconds // 60 if decision.lifetimes else 0
    words = {"rule": decision.rule_name, "minutes": minutes}
    return _("%(rule)s answers, %(minutes)s min") % words
