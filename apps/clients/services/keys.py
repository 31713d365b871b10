"""A client's own public keys, one by one. An INACTIVE key stays beside the others, in a list of its
own that nothing verifies with.

Each change ends the client's tokens, as every change of keys does (R15).
"""

import json
from typing import Any, Final

from django.db import transaction

from apps.clients.models import Client
from apps.clients.services.clients import update_client
from apps.directory.rows import lock, refuse
from apps.systemlog.entries import Actor
from authzsite.domain.tokens import digest
from authzsite.domain.validation import Invalid, raise_if

Key = dict[str, Any]
IN_USE: Final = "keys"
SET_ASIDE: Final = "inactive"
ID_DIGITS: Final = 17


def key_id(client: Client, key: Key) -> str:
    """What a key is called: it follows from client and key, so another key has another id."""
    text = f"{client.pk} {json.dumps(key, sort_keys=True)}"
    return f"pks{digest('client key', text)[:ID_DIGITS]}"


def keys_in(client: Client) -> dict[str, tuple[Key, bool]]:
    """The keys of a client by id, each with whether it is in use, in the order of their making."""
    return {
        key_id(client, key): (key, place == IN_USE)
        for place in (IN_USE, SET_ASIDE)
        for key in client.jwks.get(place, ())
    }


def jwks_with(active: list[Key], inactive: list[Key]) -> dict[str, Any]:
    """What is stored."""
    found = {IN_USE: active} | ({SET_ASIDE: inactive} if inactive else {})
    return found if active or inactive else {}


@transaction.atomic
def add_key(*, actor: Actor, client: Client, key: Key, activate: bool = True) -> tuple[Client, str]:
    """A further key; one without a name is named by its id. The client, and the key's id."""
    row = lock(client)
    named = key if key.get("kid") else key | {"kid": key_id(row, key)}
    if key_id(row, named) in keys_in(row):
        raise_if([Invalid("jwks", "has this key already")])
    active, inactive = _lists(row)
    (active if activate else inactive).append(named)
    return _save(actor, row, active, inactive), key_id(row, named)


@transaction.atomic
def set_key_status(*, actor: Actor, client: Client, key: str, is_active: bool) -> Client:
    """Use a key, or no longer. KeyError: there is no such key."""
    row = lock(client)
    found, was_active = keys_in(row)[key]
    if was_active == is_active:
        return row
    active, inactive = _lists(row)
    source, target = (inactive, active) if is_active else (active, inactive)
    source.remove(found)
    target.append(found)
    if not active:
        raise refuse("status", "is that of the only ACTIVE key")
    return _save(actor, row, active, inactive)


@transaction.atomic
def delete_key(*, actor: Actor, client: Client, key: str) -> Client:
    """Remove an INACTIVE key. KeyError: there is no such key."""
    row = lock(client)
    found, is_active = keys_in(row)[key]
    if is_active:
        raise refuse("status", "must be INACTIVE")
    active, inactive = _lists(row)
    inactive.remove(found)
    return _save(actor, row, active, inactive)


def _lists(client: Client) -> tuple[list[Key], list[Key]]:
    return list(client.jwks.get(IN_USE, ())), list(client.jwks.get(SET_ASIDE, ()))


def _save(actor: Actor, client: Client, active: list[Key], inactive: list[Key]) -> Client:
    return update_client(actor=actor, client=client, jwks=jwks_with(active, inactive))
