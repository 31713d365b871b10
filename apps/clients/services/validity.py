"""What follows the end of an assignment's time.

Its tokens have died at that instant, by arithmetic; this only lets a job mark them, and tell.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.clients.models import GroupAssignment, UserAssignment
from apps.clients.services.assignments import revoke_paths
from apps.systemlog.context import RequestContext, use

Kind = type[UserAssignment] | type[GroupAssignment]
KINDS: tuple[Kind, ...] = (UserAssignment, GroupAssignment)


def follow_ended_assignments(now: datetime, limit: int) -> int:
    """Write the outbox row of each assignment whose time is over and that none has followed; at
    most `limit` of a kind, oldest first, each exactly once. How many."""
    with use(RequestContext(kind="JOB")):
        return sum(_follow(kind, now, limit) for kind in KINDS)


@transaction.atomic
def _follow(kind: Kind, now: datetime, limit: int) -> int:
    """One locked row is enough: who changes an assignment meanwhile waits, and finds it followed;
    what somebody else has locked comes next time."""
    rows = kind._default_manager.filter(is_followed=False, valid_until__lte=now)
    locked = rows.select_for_update(skip_locked=True, no_key=True, of=("self",))
    other = "user" if kind is UserAssignment else "group"
    ended: list[Any] = list(locked.select_related(other).order_by("valid_until")[:limit])
    for row in ended:
        revoke_paths(row, "end")
    kind._default_manager.filter(pk__in=[row.pk for row in ended]).update(is_followed=True)
    return len(ended)
