"""Ending somebody's browser sessions from outside, as an administrator does."""

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import transaction
from django.dispatch import Signal

from apps.directory.models import User
from apps.directory.targets import user_target
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.record import record

CLEARED = "user.session.clear"
every_session_ended = Signal()
"""In the transaction, once the rows are gone, with `actor` and `user`: what was for the length of a
session ends with it."""


@transaction.atomic
def end_sessions(*, actor: Actor, user: User) -> int:
    """Sign the user out of every browser; how many there were. Grants that were for the length of
    a session end, too: `apps.tokens.sessions`."""
    rows = apps.get_model("usersessions.UserSession")._default_manager.filter(user_id=user.pk)
    keys = rows.values_list("session_key", flat=True)  # digests, as Django's own table has them
    count, _ = Session.objects.filter(pk__in=list(keys)).delete()
    rows.delete()
    record(Entry(CLEARED, actor, (user_target(user),), user_id=user.pk, debug={"count": count}))
    every_session_ended.send(User, actor=actor, user=user)
    return count
