"""Ending somebody's browser sessions from outside, as an administrator does."""

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import transaction

from apps.directory.models import User
from apps.directory.targets import user_target
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.record import record

CLEARED = "user.session.clear"


@transaction.atomic
def end_sessions(*, actor: Actor, user: User) -> int:
    """Sign the user out of every browser; how many there were. Grants aren't looked at:
    `apps.tokens.sessions`."""
    rows = apps.get_model("usersessions.UserSession")._default_manager.filter(user_id=user.pk)
    keys = rows.values_list("session_key", flat=True)  # digests, as Django's own table has them
    count, _ = Session.objects.filter(pk__in=list(keys)).delete()
    rows.delete()
    record(Entry(CLEARED, actor, (user_target(user),), user_id=user.pk, debug={"count": count}))
    return count
