"""What exists before anybody configures anything, and the levers that end everything at once."""

from secrets import randbits
from typing import Final

from django.conf import settings
from django.db import transaction

from apps.servers.models import AuthorizationServer, Installation
from apps.servers.seeds import DEFAULT_SERVER_ID, ORGANIZATION_SERVER_ID
from apps.servers.services.rows import (
    lock_installation,
    lock_server,
    log_change,
    server_target,
    touch,
)
from apps.servers.services.servers import write_server
from apps.systemlog.entries import SYSTEM, Actor, Entry, Target
from apps.systemlog.outbox import enqueue
from apps.systemlog.record import record

EPOCH_STEP_BITS: Final = 32
SIGN_IN_RULES: Final = frozenset({"staff_need_second_factor", "people_need_verified_email"})


@transaction.atomic
def ensure_installation() -> Installation:
    """The installation's row and the two built-in servers, made once; may run at every start."""
    installation = lock_installation()
    ensure_default_server()
    ensure_organization_server()
    return installation


@transaction.atomic
def note_demo() -> None:
    """Remember that the demo organisation was made: it is made once."""
    installation = lock_installation()
    installation.demo_applied = True
    installation.save(update_fields=["demo_applied"])


@transaction.atomic
def set_sign_in_rules(*, actor: Actor, **rules: bool) -> Installation:
    """`staff_need_second_factor`: whether administrators need one (row 238), from their next page
    on. `people_need_verified_email`: whether everybody needs a verified address, from their next
    sign-in on. What isn't given stays. TypeError for any other rule."""
    if unknown := rules.keys() - SIGN_IN_RULES:
        raise TypeError(f"no such rules: {unknown}")
    installation = lock_installation()
    changes = {
        name: (getattr(installation, name), value)
        for name, value in rules.items()
        if getattr(installation, name) is not value
    }
    if not changes:
        return installation
    for name, (_before, value) in changes.items():
        setattr(installation, name, value)
    installation.save(update_fields=list(changes))
    name = installation.organization
    target = Target("1", "Installation", name, name, changes=changes)
    record(Entry("security.sign_in.update", actor, (target,)))
    return installation


@transaction.atomic
def ensure_default_server() -> AuthorizationServer:
    """The built-in server `default` (R1); without a policy it issues nothing (R9)."""
    start = lock_installation().first_version
    found = AuthorizationServer.objects.filter(pk=DEFAULT_SERVER_ID).first()
    return found or write_server(
        SYSTEM,
        AuthorizationServer(
            id=DEFAULT_SERVER_ID,
            name="default",
            description="Default authorization server for your applications",
            audience="api://default",
            version=start,
            epoch=start,
        ),
    )


@transaction.atomic
def ensure_organization_server() -> AuthorizationServer:
    """The organisation's own server, which issues configuration tokens (R19): narrow and opaque."""
    installation = lock_installation()
    found = AuthorizationServer.objects.filter(pk=ORGANIZATION_SERVER_ID).first()
    return found or write_server(
        SYSTEM,
        AuthorizationServer(
            id=ORGANIZATION_SERVER_ID,
            name="Configuration API",
            description="Issues the tokens of the configuration and management APIs",
            audience=f"{settings.BASE_URL}/{installation.organization}/config",
            scope_mode=AuthorizationServer.ScopeMode.NARROW,
            access_token_format=AuthorizationServer.TokenFormat.OPAQUE,
            is_organization=True,
            version=installation.first_version,
            epoch=installation.first_version,
        ),
    )


@transaction.atomic
def revoke_server_tokens(*, actor: Actor, server_id: str) -> AuthorizationServer:
    """End every token of one server at once (R18); nothing else of it changes."""
    server = lock_server(server_id)
    touch(server, alone=True)
    server.epoch += 1
    server.save(update_fields=["epoch"])
    log_change(
        "app.oauth2.as.token.revoke", actor=actor, server=server, targets=[server_target(server)]
    )
    enqueue(
        kind="as",
        object_id=server.pk,
        object_name=server.name,
        cause="revoked",
        scope={"server": server.pk},
    )
    return server


@transaction.atomic
def revoke_all_tokens(*, actor: Actor) -> Installation:
    """End every token there is: the emergency lever, and step one after a restore."""
    installation = lock_installation()
    # Not the next number: after a restore that one may have been in use already (F28).
    installation.epoch += 1 + randbits(EPOCH_STEP_BITS)
    installation.save(update_fields=["epoch"])
    record(Entry("app.oauth2.as.token.revoke", actor, debug={"scope": "installation"}))
    enqueue(
        kind="installation",
        object_id="1",
        object_name=installation.organization,
        cause="revoked",
        scope={},
    )
    return installation


def note_cutoffs(*, are_open: bool) -> None:
    """Tell every look-up whether there are explicit revocations to ask for. Call it in the
    transaction that makes or removes one, with the installation's row locked."""
    Installation.objects.filter(pk=1).update(has_cutoffs=are_open)
