"""Signing secrets of hooks: at most two live at once, so that one is replaced without a gap."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.directory.rows import lock, refuse
from apps.management.hooks.log import log_hook
from apps.management.hooks.models import EventHook, EventHookSecret
from apps.management.hooks.secrets import new_signing_secret, seal_signing
from apps.systemlog.entries import Actor
from authzsite.domain.limits import HOOK_SECRETS_LIVE

NO_OVERLAP = timedelta(0)


@transaction.atomic
def rotate_signing_secret(*, actor: Actor, hook: EventHook, overlap: timedelta = NO_OVERLAP) -> str:
    """A new secret, in clear, this once; the present one signs beside it for `overlap` more.

    Without overlap it never fails for want of room.
    """
    row, now = lock(hook), timezone.now()
    row.secrets.filter(expires_at__lte=now).delete()
    if overlap <= NO_OVERLAP:
        row.secrets.all().delete()
    elif row.secrets.count() >= HOOK_SECRETS_LIVE:
        raise refuse("secret", "is already being replaced; wait, or rotate without overlap")
    row.secrets.filter(expires_at=None).update(expires_at=now + overlap)
    secret = add_secret(row)
    log_hook("updated", actor, row, {"signing_secret": (None, "rotated")})
    return secret


def add_secret(hook: EventHook) -> str:
    """Write a new secret of a new or locked hook; its text in clear."""
    text = new_signing_secret()
    row = EventHookSecret(hook=hook)
    row.sealed = seal_signing(text, hook_id=hook.pk, secret_id=row.pk)
    row.save(force_insert=True)
    return text
