"""Carrying out changes of token policies, clients and assignments."""

from collections.abc import Iterable
from typing import Any

from apps.clients import services
from apps.clients.models import Client, TokenPolicy
from apps.management.configuration.carrier import Carrier, NewSecret, columns
from apps.management.configuration.plan import Change
from apps.management.configuration.values import Assigned, Secret

LISTS = ("assignments.users", "assignments.groups")
NEVER = frozenset({"clientId", "type", "status"})  # of an update: fixed, or a service of its own


def create_token_policy(run: Carrier, change: Change) -> None:
    """A new token policy."""
    services.create_token_policy(actor=run.actor, **columns(change.item, change.fields))


def update_token_policy(run: Carrier, change: Change) -> None:
    """Its allowance or lifetimes."""
    row = TokenPolicy.objects.get(title=change.item.key[0])
    fields = columns(change.item, change.fields)
    services.update_token_policy(actor=run.actor, policy=row, **fields)


def delete_token_policy(run: Carrier, change: Change) -> None:
    """Away with it."""
    row = TokenPolicy.objects.get(title=change.item.key[0])
    services.delete_token_policy(actor=run.actor, policy=row)


def create_client(run: Carrier, change: Change) -> None:
    """A new client with its secret and its assignments."""
    item = change.item
    fields = columns(item, change.fields.keys() - {"status"})
    fields.setdefault("name", item.values.get("clientId", ""))
    fields.setdefault("type", "")
    given = item.values.get("secret")
    row, text = services.create_client(
        actor=run.actor,
        secret=given.read() if isinstance(given, Secret) else None,
        **fields,
        **_policies(run, change),
    )
    run.clients.row_ids[item.key[0]] = row.pk
    if text and not (isinstance(given, Secret) and given.env):
        run.secrets.append(NewSecret("client", row.client_id, text))
    _assign(run, change, row)
    _own(run, change, row)


def update_client(run: Carrier, change: Change) -> None:
    """Members, secret, activation, further assignments; what takes away comes later."""
    item, row = change.item, run.client(change.item.key[0])
    fields: dict[str, Any] = {
        **columns(item, change.fields.keys() - NEVER),
        **_policies(run, change),
    }
    if fields:
        row = services.update_client(actor=run.actor, client=row, **fields)
    if change.fields.get("status", ("", ""))[1] == "ACTIVE":
        services.activate_client(actor=run.actor, client=row)
    given = item.values.get("secret")
    if "secret" in change.fields and isinstance(given, Secret):
        text = services.rotate_secret(actor=run.actor, client=row, secret=given.read())[1]
        if not given.env:
            run.secrets.append(NewSecret("client", row.client_id, text))
    _assign(run, change, row)
    _own(run, change, row)


def finish_client(run: Carrier, change: Change) -> None:
    """What takes away: assignments, ACTIVE."""
    row = run.client(change.item.key[0])
    for name in _gone(change, "assignments.users"):
        services.unassign_user(actor=run.actor, client=row, user=run.user(name))
    for name in _gone(change, "assignments.groups"):
        services.unassign_group(actor=run.actor, client=row, group=run.group(name))
    if change.fields.get("status", ("", ""))[1] == "INACTIVE":
        services.deactivate_client(actor=run.actor, client=row)


def delete_client(run: Carrier, change: Change) -> None:
    """Away with it."""
    services.delete_client(actor=run.actor, client=run.client(change.item.key[0]))


def _policies(run: Carrier, change: Change) -> dict[str, Any]:
    """The token policy and the login policy, where they differ."""
    found: dict[str, Any] = {}
    if "tokenPolicy" in change.fields:
        found["token_policy"] = run.token_policy(change.item.values["tokenPolicy"])
    if "loginPolicy" in change.fields:
        found["login_policy"] = run.login_policy(change.item.values["loginPolicy"])
    return found


def _own(run: Carrier, change: Change, row: Client) -> None:
    if "owners" in change.fields:
        ids = run.group_ids(change.item.values["owners"])
        services.set_client_owners(actor=run.actor, client=row, group_ids=ids)


def _assign(run: Carrier, change: Change, row: Client) -> None:
    """New assignments, and other times of present ones."""
    for one, is_new in _changed(change, "assignments.users"):
        user, window = run.user(one.name), _window(one)
        if is_new:
            services.assign_user(actor=run.actor, client=row, user=user, **window)
        else:
            present = row.user_assignments.get(user=user)
            services.update_user_assignment(actor=run.actor, assignment=present, **window)
    for one, is_new in _changed(change, "assignments.groups"):
        group, window = run.group(one.name), _window(one)
        if is_new:
            services.assign_group(actor=run.actor, client=row, group=group, **window)
        else:
            held = row.group_assignments.get(group=group)
            services.update_group_assignment(actor=run.actor, assignment=held, **window)


def _changed(change: Change, member: str) -> list[tuple[Assigned, bool]]:
    """Those that are new (True) or have other times (False)."""
    before, after = _lists(change, member)
    old = {one.name for one in before}
    return [(one, one.name not in old) for one in after if one not in before]


def _gone(change: Change, member: str) -> list[str]:
    before, after = _lists(change, member)
    return sorted({one.name for one in before} - {one.name for one in after})


def _lists(change: Change, member: str) -> tuple[Iterable[Assigned], Iterable[Assigned]]:
    before, after = change.fields.get(member, ((), ()))
    return before or (), after or ()


def _window(one: Assigned) -> dict[str, Any]:
    return {"valid_from": one.valid_from, "valid_until": one.valid_until}
