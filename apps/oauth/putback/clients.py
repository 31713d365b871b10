"""Clients, token policies, login policies."""

from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients import services
from apps.clients.models import ActiveStatus, Client, LoginPolicy, TokenPolicy
from apps.clients.services.clients import FIELDS
from apps.clients.services.login_policies import LoginPolicyFields
from apps.clients.services.secrets import remove_secrets
from apps.clients.services.token_policies import TokenPolicyFields
from apps.directory.models import Group, User
from apps.directory.owners import FIELD as OWNERS
from apps.directory.owners import ids_of_owners
from apps.directory.rows import lock, plain
from apps.oauth.putback.keeper import Keeper, Put, Values, chosen, finder, instant_of, known

NO_OWNER: Final = gettext_lazy("Its owner's secret is gone with it; make the login policy anew.")
REFERENCES: Final[dict[str, Any]] = {"token_policy": TokenPolicy, "login_policy": LoginPolicy}


def values_of_client(row: Client) -> Values:
    """As the log spells them."""
    found = {name: plain(getattr(row, name)) for name in (*FIELDS, "status")}
    return {**found, OWNERS: ids_of_owners(row)}


def _fields(values: Values) -> Values:
    """For the services: rows in place of ids. A token policy that is gone is none."""
    found = {name: value for name, value in values.items() if name in FIELDS}
    empty = {name: _empty(name) for name, value in found.items() if value is None}
    rows = {
        name: model.objects.filter(pk=found[name]).first()
        for name, model in REFERENCES.items()
        if found.get(name)
    }
    return {**found, **empty, **rows}


def _empty(name: str) -> Any:
    """What a field is that had nothing."""
    field: Any = Client._meta.get_field(name)
    return None if name in REFERENCES else field.get_default()


def update_client(put: Put, row: Client, values: Values) -> None:
    """Settings, owners, then the status."""
    if fields := _fields(values):
        services.update_client(actor=put.actor, client=row, **fields)
    if OWNERS in values:
        groups = known(Group, values[OWNERS] or [])
        ids = [one.pk for one in groups]
        services.set_client_owners(actor=put.actor, client=row, group_ids=ids)
    if "status" in values:
        is_active = values["status"] == ActiveStatus.ACTIVE
        change = services.activate_client if is_active else services.deactivate_client
        change(actor=put.actor, client=row)


def make_client(put: Put, values: Values) -> Client:
    """A new client with the old client ID, its assignments and owners, and without a secret."""
    given = {name: value for name, value in _fields(values).items() if value is not None}
    client, secret = services.create_client(
        actor=put.actor,
        type=values["type"],
        client_id=values["client_id"],
        activate=values.get("status") == ActiveStatus.ACTIVE,
        registered_by=values.get("registered_by") or "",
        **given,
    )
    if secret is not None:
        put.note(_("It has no secret: make one on its Secrets tab."))
        remove_secrets(put.actor, lock(client), list(client.secrets.all()))
    if values.get(OWNERS):
        ids = [one.pk for one in known(Group, values[OWNERS])]
        services.set_client_owners(actor=put.actor, client=client, group_ids=ids)
    _assign(put, client, values)
    return client


def _assign(put: Put, client: Client, values: Values) -> None:
    """Those who are still there, each for the time it had."""
    users = {one["id"]: one for one in values.get("user_assignments") or []}
    groups = {one["id"]: one for one in values.get("group_assignments") or []}
    for user in known(User, users):
        window = window_of(users[user.pk])
        services.assign_user(actor=put.actor, client=client, user=user, **window)
    for group in known(Group, groups):
        window = window_of(groups[group.pk])
        services.assign_group(actor=put.actor, client=client, group=group, **window)


def window_of(values: Values) -> Any:
    """From when until when."""
    return {name: instant_of(values.get(name)) for name in ("valid_from", "valid_until")}


def update_token_policy(put: Put, row: TokenPolicy, values: Values) -> None:
    """Ends its clients' tokens, unless only the title differs (R15)."""
    fields = chosen(values, TokenPolicyFields.__annotations__)
    services.update_token_policy(actor=put.actor, policy=row, **fields)


def make_token_policy(put: Put, values: Values) -> TokenPolicy:
    """A new policy, which no client uses yet."""
    put.note(_("It is another policy with another id: choose it where it shall hold."))
    fields = chosen(values, TokenPolicyFields.__annotations__)
    return services.create_token_policy(actor=put.actor, **fields)


def update_login_policy(put: Put, row: LoginPolicy, values: Values) -> None:
    """Title, address and claims; the identity store is for good."""
    fields = chosen(values, LoginPolicyFields.__annotations__)
    services.update_login_policy(actor=put.actor, policy=row, **fields)


def _plainly(names: Any) -> Any:
    return lambda row: {name: plain(getattr(row, name)) for name in names}


KEEPERS: Final = {
    "AppInstance": Keeper(
        finder(Client),
        values_of_client,
        update_client,
        make_client,
        change="clients.change_client",
    ),
    "TokenPolicy": Keeper(
        finder(TokenPolicy),
        _plainly(TokenPolicyFields.__annotations__),
        update_token_policy,
        make_token_policy,
        change="clients.change_tokenpolicy",
    ),
    "LoginPolicy": Keeper(
        finder(LoginPolicy),
        _plainly(LoginPolicyFields.__annotations__),
        update_login_policy,
        reason=NO_OWNER,
        change="clients.change_loginpolicy",
    ),
}
