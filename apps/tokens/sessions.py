"""What ends with a browser session: the grants that were for its length only (row 161).

`offline_access` is the user's word that the client may go on without them.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models import TextField, Value
from django.db.models.functions import Concat
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from apps.directory import sign_ins
from apps.directory.models import User
from apps.directory.targets import actor_of
from apps.systemlog.entries import Entry, Target
from apps.systemlog.record import record
from apps.tokens.models import Grant
from authzsite.domain.vocabulary import OFFLINE_ACCESS

BY_LOGOUT = "user.session.end"
EVENT = "app.oauth2.token.revoke.implicit.user"


@transaction.atomic
def end_session_grants(*, user: User, session_id: str, now: datetime) -> int:
    """Revoke the session's grants without `offline_access`; how many there were, in one event."""
    spaced = Concat(Value(" "), "scopes", Value(" "), output_field=TextField())
    grants = Grant.objects.filter(user_id=user.pk, session_id=session_id, revoked_at=None)
    online = grants.annotate(spaced=spaced).exclude(spaced__contains=f" {OFFLINE_ACCESS} ")
    count = online.update(revoked_at=now, revoked_by=BY_LOGOUT)
    if count:
        target = Target(user.pk, "User", user.login, user.display_name, {"TokenCount": count})
        record(Entry(EVENT, actor_of(user), (target,), reason=BY_LOGOUT, user_id=user.pk))
    return count


@receiver(user_logged_out)
def end_with_session(sender: Any, request: HttpRequest, user: User | None, **rest: Any) -> None:
    """Whichever way somebody signs out."""
    session_id = request.session.get(sign_ins.SESSION_ID)
    if user is not None and session_id:
        end_session_grants(user=user, session_id=session_id, now=timezone.now())
