"""Making, using and ending API tokens."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from apps.directory.models import User
from apps.directory.targets import user_target
from apps.management.api_tokens.models import ApiToken
from apps.systemlog.entries import Actor, Entry, Target
from apps.systemlog.record import record
from apps.tokens import clock
from authzsite.domain.tokens import Kind, digest, looks_like, mint
from authzsite.domain.validation import Invalid, raise_if, validate_name

USE_GRAIN: Final = timedelta(minutes=1)


@transaction.atomic
def create_api_token(
    *, actor: Actor, owner: User, name: str, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token and its text, which is shown once. Raises InvalidError."""
    problems = validate_name(name)
    if not (owner.is_active and owner.is_staff):
        problems.append(Invalid("owner", "must be an active administrator"))
    if expires_at is not None and expires_at <= clock.now():
        problems.append(Invalid("expires_at", "must be in the future"))
    raise_if(problems)
    text = mint(Kind.API)
    row = ApiToken.objects.create(
        name=name,
        owner=owner,
        digest=digest(Kind.API, text),
        last_four=text[-4:],
        expires_at=expires_at,
    )
    _record("system.api_token.create", actor, row)
    return row, text


@transaction.atomic
def revoke_api_token(*, actor: Actor, token_id: str) -> bool:
    """End a token at once and for good; False when it had already ended."""
    row = ApiToken.objects.select_related("owner").filter(pk=token_id).first()
    if row is None or not ApiToken.objects.filter(pk=token_id).delete()[0]:
        return False
    _record("system.api_token.revoke", actor, row)
    return True


def find_api_token(text: str, now: datetime) -> ApiToken | None:
    """The living token with its owner, from one SELECT; None for every other text."""
    if not looks_like(Kind.API, text):
        return None
    found = ApiToken.objects.select_related("owner").filter(digest=digest(Kind.API, text))
    row = found.filter(Q(expires_at=None) | Q(expires_at__gt=now)).first()
    return row if row is not None and row.owner.is_active and row.owner.is_staff else None


def note_use(row: ApiToken, now: datetime) -> None:
    """Remember a use: a statement a minute, never one a call."""
    if row.last_used_at is None or now - row.last_used_at >= USE_GRAIN:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)


def _record(event_type: str, actor: Actor, row: ApiToken) -> None:
    target = Target(row.pk, "Token", row.name, row.name)
    record(Entry(event_type, actor, (target, user_target(row.owner)), user_id=row.owner_id))
