"""Explicit revocation by administrators (R18): one conditional UPDATE, and the event beside it."""

from typing import Any

from django.db import models, transaction
from django.utils import timezone

from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.record import record
from apps.tokens.models import AccessToken, Grant

EVENT = "app.oauth2.as.token.revoke"
WITH_SESSION = "app.oauth2.token.revoke.implicit.user"
BY_ADMINISTRATOR = "administrator"
BY_LENGTH = 80


@transaction.atomic
def revoke_grant(*, actor: Actor, grant_id: str) -> bool:
    """End a grant with all tokens that were issued from it; False when it had already ended."""
    grant = Grant.objects.filter(pk=grant_id).first()
    if grant is None or not _end(Grant.objects.filter(pk=grant_id), actor):
        return False
    detail = {"hash": grant.pk, "subject": grant.user_id, "scope": grant.scopes}
    _log(actor, grant, Target(grant.pk, "refresh_token", detail=detail))
    return True


@transaction.atomic
def revoke_access_token(*, actor: Actor, digest: str) -> bool:
    """End one opaque access token; its grant lives on. False when it had already ended."""
    token = AccessToken.objects.filter(pk=digest).first()
    if token is None or not _end(AccessToken.objects.filter(pk=digest), actor):
        return False
    # Its id in the log is part of the digest, which can't be turned back into the token.
    detail = {"subject": token.user_id, "scope": token.scopes}
    _log(actor, token, Target(digest[:20], "access_token", detail=detail))
    return True


def _end(found: "models.QuerySet[Any]", actor: Actor) -> bool:
    by = f"{BY_ADMINISTRATOR} {actor.id}"[:BY_LENGTH]
    return bool(found.filter(revoked_at=None).update(revoked_at=timezone.now(), revoked_by=by))


def _log(actor: Actor, row: Grant | AccessToken, target: Target) -> None:
    """Ids name the rest: what a grant refers to may be gone."""
    record(
        Entry(
            EVENT,
            actor,
            (target,),
            client_id=row.client_id,
            server_id=row.server_id,
            user_id=row.user_id,
        )
    )
