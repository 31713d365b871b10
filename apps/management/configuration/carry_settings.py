"""Carrying out changes of the installation and of login policies."""

from typing import Any, cast

from apps.clients import services
from apps.clients.models import LoginPolicy
from apps.clients.services.login_policies import IdentityStore
from apps.management.configuration.carrier import Carrier, columns
from apps.management.configuration.plan import Change
from apps.management.configuration.stored_secrets import OF_STORE_OWNER
from apps.servers.services import set_sign_in_rules


def update_installation(run: Carrier, change: Change) -> None:
    """Who needs a second factor, or a verified address."""
    set_sign_in_rules(actor=run.actor, **columns(change.item, change.fields))


def create_login_policy(run: Carrier, change: Change) -> None:
    """A new one, with the secret of its identity store's owner."""
    item = change.item
    fields: dict[str, Any] = columns(item, change.fields)
    names = IdentityStore.__annotations__
    store = {name: fields.pop(name, "") for name in names}
    if not store["store_type"]:
        store["store_type"] = item.kind.defaults({})["identityStoreDetails.type"]
    services.create_login_policy(
        actor=run.actor,
        store=cast(IdentityStore, store),
        owner_secret=run.secret(item, OF_STORE_OWNER, "login policy"),
        **fields,
    )


def update_login_policy(run: Carrier, change: Change) -> None:
    """Title, login URL, custom claims."""
    fields = columns(change.item, change.fields)
    services.update_login_policy(actor=run.actor, policy=_row(change), **fields)


def delete_login_policy(run: Carrier, change: Change) -> None:
    """Away with it."""
    services.delete_login_policy(actor=run.actor, policy=_row(change))


def _row(change: Change) -> LoginPolicy:
    return LoginPolicy.objects.get(title=change.item.key[0])
