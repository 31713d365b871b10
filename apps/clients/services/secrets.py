"""A client's secrets: at most two live at once, so that one is replaced without an outage (R5)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.clients.models import ActiveStatus, Client, ClientSecret
from apps.clients.secrets import SecretText, chosen_secret, new_secret, secret_problems
from apps.clients.services.guard import ensure_manageable_after
from apps.clients.services.versions import revoke_client, touch
from apps.clients.targets import client_target, secret_target
from apps.directory.rows import Changes, assign, lock, refuse, save
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.record import record
from authzsite.domain import limits
from authzsite.domain.lifetimes import is_dead
from authzsite.domain.validation import Invalid, InvalidError, raise_if

NO_OVERLAP = timedelta(0)
USE_GRAIN = timedelta(hours=1)


@transaction.atomic
def create_secret(
    *,
    actor: Actor,
    client: Client,
    secret: str | None = None,
    activate: bool = True,
    expires_at: datetime | None = None,
) -> tuple[ClientSecret, str]:
    """A further secret, and its text in clear, this once. `secret` is a chosen or imported one."""
    row = lock(client)
    if len(_live(row)) >= limits.CLIENT_SECRETS_LIVE:
        message = "has the maximum number of secrets; delete one first"
        raise InvalidError(Invalid("client_secret", message, limits.CLIENT_SECRETS_LIVE))
    return add_secret(actor, row, secret, is_active=activate, expires_at=expires_at)


@transaction.atomic
def rotate_secret(
    *, actor: Actor, client: Client, overlap: timedelta = NO_OVERLAP, secret: str | None = None
) -> tuple[ClientSecret, str]:
    """Replace all secrets by a new one; the present one works for `overlap` more.

    Revokes no token (R15). Without overlap it never fails for want of room.
    """
    row = lock(client)
    if overlap <= NO_OVERLAP:
        remove_secrets(actor, row, _live(row))
    else:
        _end(actor, row, _live(row), timezone.now() + overlap)
    return create_secret(actor=actor, client=row, secret=secret)


@transaction.atomic
def activate_secret(*, actor: Actor, secret: ClientSecret) -> ClientSecret:
    """Accept a secret again."""
    return _set_status(actor, secret, ActiveStatus.ACTIVE, "activate")


@transaction.atomic
def deactivate_secret(*, actor: Actor, secret: ClientSecret) -> ClientSecret:
    """Stop accepting a secret; the only one that works is kept."""
    with ensure_manageable_after(is_concerned=_is_configuration(secret)):
        lock(secret.client)
        others = [one for one in _live(secret.client) if one.pk != secret.pk]
        if not any(one.status == ActiveStatus.ACTIVE for one in others):
            raise refuse("status", "is that of the only ACTIVE secret")
        return _set_status(actor, secret, ActiveStatus.INACTIVE, "deactivate")


@transaction.atomic
def delete_secret(*, actor: Actor, secret: ClientSecret) -> None:
    """Remove an INACTIVE or expired secret."""
    client = lock(secret.client)
    row = lock(secret)
    if row.status == ActiveStatus.ACTIVE and not is_dead(row.expires_at, timezone.now()):
        raise refuse("status", "must be INACTIVE")
    remove_secrets(actor, client, [row])


@transaction.atomic
def revoke_secret_now(*, actor: Actor, secret: ClientSecret) -> None:
    """Remove a leaked secret at once and end every token of its client (R15)."""
    with ensure_manageable_after(field="client_secret", is_concerned=_is_configuration(secret)):
        client = lock(secret.client)
        remove_secrets(actor, client, [lock(secret)])
        revoke_client(client, "app.oauth2.credentials.lifecycle.delete")


def add_secret(
    actor: Actor,
    client: Client,
    text: str | SecretText | None,
    *,
    is_active: bool = True,
    expires_at: datetime | None = None,
) -> tuple[ClientSecret, str]:
    """Write a secret of a locked or new client, after dropping those whose time is over."""
    if client.is_public:
        raise refuse("client_secret", "must not be given to a public client")
    if isinstance(text, str):
        raise_if(secret_problems(text))
    client.secrets.filter(expires_at__lte=timezone.now()).delete()
    value = _value_of(text)
    secret = ClientSecret.objects.create(
        client=client,
        kind=value.kind,
        digest=value.digest,
        last_four=value.last_four,
        status=ActiveStatus.ACTIVE if is_active else ActiveStatus.INACTIVE,
        expires_at=expires_at,
    )
    touch(client)
    _record("create", actor, client, secret)
    return secret, value.text


def _value_of(text: str | SecretText | None) -> SecretText:
    if isinstance(text, SecretText):
        return text
    return new_secret() if text is None else chosen_secret(text)


def note_secret_use(*, secret_id: str, now: datetime) -> None:
    """Remember that a secret was used, to the hour: no event, and rarely a write."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_GRAIN)
    ClientSecret.objects.filter(stale, pk=secret_id).update(last_used_at=now)


def _is_configuration(secret: ClientSecret) -> bool:
    return secret.client.type == Client.Type.CONFIG


def _live(client: Client) -> list[ClientSecret]:
    """The secrets whose time isn't over; an INACTIVE one can come back, so it counts."""
    now = timezone.now()
    return [secret for secret in client.secrets.all() if not is_dead(secret.expires_at, now)]


def _set_status(
    actor: Actor, secret: ClientSecret, status: ActiveStatus, verb: str
) -> ClientSecret:
    client = lock(secret.client)
    row = lock(secret)
    changes = assign(row, {"status": status.value})
    if changes:
        save(row, changes)
        touch(client)
        _record(verb, actor, client, row, changes)
    return row


def _end(actor: Actor, client: Client, secrets: list[ClientSecret], end: datetime) -> None:
    """Let secrets expire at `end`; one that expires sooner keeps its date."""
    for secret in secrets:
        if secret.expires_at is None or secret.expires_at > end:
            changes = assign(secret, {"expires_at": end})
            save(secret, changes)
            _record("deactivate", actor, client, secret, changes)


def remove_secrets(actor: Actor, client: Client, secrets: Iterable[ClientSecret]) -> None:
    """Remove secrets of a locked client."""
    if not (gone := list(secrets)):
        return
    for secret in gone:
        _record("delete", actor, client, secret)
        secret.delete()
    touch(client)


def _record(
    verb: str, actor: Actor, client: Client, secret: ClientSecret, changes: Changes | None = None
) -> None:
    targets = (client_target(client), secret_target(secret, changes))
    record(Entry(f"app.oauth2.credentials.lifecycle.{verb}", actor, targets, client_id=client.pk))
