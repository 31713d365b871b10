"""Changes of signing keys: rotation (revokes nothing), revocation (kills the key's JWTs), removal
of what has served.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.servers.keys import generate_key, seal_private
from apps.servers.models import AuthorizationServer, SigningKey
from apps.servers.services.rows import (
    Changes,
    lock_server,
    log_change,
    server_target,
    touch,
)
from apps.systemlog.entries import SYSTEM, Actor, Target
from apps.systemlog.outbox import enqueue
from authzsite.domain import limits

State = SigningKey.State
ROTATION_PERIOD = timedelta(days=90)  # as Okta's automatic rotation
# Nothing signed with a key lives longer than the longest access token.
KEEP_RETIRED = timedelta(minutes=limits.ACCESS_TOKEN_MINUTES[1], seconds=limits.CLOCK_SKEW_SECONDS)


@transaction.atomic
def rotate_keys(*, actor: Actor, server_id: str) -> SigningKey:
    """NEXT signs from now on, CURRENT verifies on, a fresh NEXT is published.

    Returns the key that signs.
    """
    server = lock_server(server_id)
    version = touch(server, alone=actor is SYSTEM)
    old = retire_current(server)
    new = promote_next(server, version)
    add_key(server, State.NEXT, version)
    _log_rollover(actor, server, old, new)
    return new


@transaction.atomic
def revoke_key(*, actor: Actor, server_id: str, kid: str) -> SigningKey:
    """The key leaves the JWKS at once and every JWT signed with it is dead (R15).

    Its successor takes over.
    """
    server = lock_server(server_id)
    key = SigningKey.objects.get(server=server, kid=kid)
    if key.state == State.REVOKED:
        return key
    version, before = touch(server), key.state
    _end_key(key, State.REVOKED, version)
    if before == State.CURRENT:
        promote_next(server, version)
    if before in (State.CURRENT, State.NEXT):
        add_key(server, State.NEXT, version)
    target = key_target(key, {"state": (before, key.state)})
    log_change(
        "app.oauth2.as.key.revoke",
        actor=actor,
        server=server,
        targets=[target, server_target(server)],
    )
    enqueue(
        kind="key",
        object_id=kid,
        object_name=server.name,
        cause="key revoked",
        scope={"server": server.pk, "kid": kid},
    )
    return key


def drop_retired_keys(now: datetime) -> int:
    """Remove retired keys that no living token can still need; returns how many."""
    due = SigningKey.objects.filter(state=State.RETIRED, retired_at__lte=now - KEEP_RETIRED)
    servers = sorted(set(due.values_list("server_id", flat=True)))
    return sum(_drop_retired(server_id, now) for server_id in servers)


@transaction.atomic
def _drop_retired(server_id: str, now: datetime) -> int:
    server = AuthorizationServer.objects.select_for_update().filter(pk=server_id).first()
    due = SigningKey.objects.filter(
        server=server_id, state=State.RETIRED, retired_at__lte=now - KEEP_RETIRED
    )
    if server is None or not due:
        return 0
    touch(server, alone=True)
    targets = [key_target(key, {"state": (key.state, None)}) for key in due]
    log_change(
        "app.oauth2.as.key.rollover",
        actor=SYSTEM,
        server=server,
        targets=[*targets, server_target(server)],
    )
    return due.delete()[0]


def rotate_due_keys(now: datetime) -> int:
    """Rotate the keys of every server that rotates by itself and whose key has signed for 90 days;
    returns how many.
    """
    due = SigningKey.objects.filter(
        state=State.CURRENT,
        activated_at__lte=now - ROTATION_PERIOD,
        server__rotation_mode=AuthorizationServer.RotationMode.AUTO,
    )
    servers = list(due.values_list("server_id", flat=True))
    for server_id in servers:
        rotate_keys(actor=SYSTEM, server_id=server_id)
    return len(servers)


def start_keys(server: AuthorizationServer, version: int) -> None:
    """The first keys of a server: one that signs, one published ahead."""
    add_key(server, State.CURRENT, version)
    add_key(server, State.NEXT, version)


def replace_keys(actor: Actor, server: AuthorizationServer, version: int) -> None:
    """Keys of the server's new algorithm; what the old one signed still verifies."""
    old = retire_current(server)
    SigningKey.objects.filter(server=server, state=State.NEXT).delete()  # it never signed
    new = add_key(server, State.CURRENT, version)
    add_key(server, State.NEXT, version)
    _log_rollover(actor, server, old, new)


def add_key(server: AuthorizationServer, state: SigningKey.State, version: int) -> SigningKey:
    """A fresh key of the server's algorithm, its private half sealed."""
    pair = generate_key(server.signing_alg)
    return SigningKey.objects.create(
        kid=pair.kid,
        server=server,
        alg=pair.alg,
        state=state,
        public_jwk=pair.public_jwk,
        sealed_private_key=seal_private(pair.private, server_id=server.pk, kid=pair.kid),
        epoch=version,
        activated_at=timezone.now() if state == State.CURRENT else None,
    )


def promote_next(server: AuthorizationServer, version: int) -> SigningKey:
    """The published NEXT signs from now on."""
    key = SigningKey.objects.filter(server=server, state=State.NEXT).first()
    if key is None:
        return add_key(server, State.CURRENT, version)
    key.state, key.activated_at = State.CURRENT, timezone.now()
    key.save(update_fields=["state", "activated_at"])
    return key


def retire_current(server: AuthorizationServer) -> SigningKey:
    """The signing key only verifies from now on; its private half is gone."""
    key = SigningKey.objects.get(server=server, state=State.CURRENT)
    _end_key(key, State.RETIRED, key.epoch)
    return key


def _end_key(key: SigningKey, state: SigningKey.State, epoch: int) -> None:
    key.state, key.epoch, key.retired_at, key.sealed_private_key = state, epoch, timezone.now(), b""
    key.save(update_fields=["state", "epoch", "retired_at", "sealed_private_key"])


def _log_rollover(
    actor: Actor, server: AuthorizationServer, old: SigningKey, new: SigningKey
) -> None:
    changes: Changes = {"signing_key": (old.kid, new.kid)}
    targets = [key_target(new), server_target(server, changes)]
    log_change("app.oauth2.as.key.rollover", actor=actor, server=server, targets=targets)


def key_target(key: SigningKey, changes: Changes | None = None) -> Target:
    """A key as the target of an event."""
    return Target(
        key.kid, "SigningKey", key.alg, key.kid, {"alg": key.alg, "state": key.state}, changes or {}
    )
