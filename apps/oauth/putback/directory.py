"""Users and groups, and what has no row of its own name: memberships and assignments."""

from typing import Any, Final

from django.utils.translation import gettext as _

from apps.clients import services as of_clients
from apps.clients.models import Client, GroupAssignment, UserAssignment
from apps.directory import services
from apps.directory.models import Group, Status, User
from apps.directory.rows import refuse
from apps.oauth.putback.clients import window_of
from apps.oauth.putback.keeper import Keeper, Put, Values, chosen, finder, known

PROFILE: Final = "profile."
NAMES: Final = ("login", "email", "first_name", "last_name")
RIGHTS: Final = ("is_staff", "is_superuser")
BACK: Final = {
    (Status.SUSPENDED, Status.ACTIVE): services.unsuspend_user,
    (Status.LOCKED_OUT, Status.ACTIVE): services.unlock_user,
    (Status.ACTIVE, Status.SUSPENDED): services.suspend_user,
    (Status.STAGED, Status.PROVISIONED): services.activate_user,
    (Status.DEPROVISIONED, Status.ACTIVE): services.activate_user,
    (Status.DEPROVISIONED, Status.PROVISIONED): services.activate_user,
}
"""(now, wanted) → the step that leads there."""


def values_of_user(row: User) -> Values:
    """As the log spells them: each member of the profile by itself."""
    members = {f"{PROFILE}{name}": value for name, value in row.profile.items()}
    return {name: getattr(row, name) for name in (*NAMES, *RIGHTS, "status")} | members


def update_user(put: Put, row: User, values: Values) -> None:
    """Profile, rights, status; the password stays what it is."""
    fields: dict[str, Any] = chosen(values, NAMES)
    members = {n.removeprefix(PROFILE): v for n, v in values.items() if n.startswith(PROFILE)}
    if members:
        merged = {**row.profile, **members}
        fields["profile"] = {name: value for name, value in merged.items() if value is not None}
    if fields:
        services.update_user(actor=put.actor, user=row, **fields)
    if values.keys() & set(RIGHTS):
        rights = {name: bool(values.get(name, getattr(row, name))) for name in RIGHTS}
        services.set_administrator(actor=put.actor, user=row, **rights)
    if "status" in values:
        _status(put, row, values["status"])


def _status(put: Put, row: User, wanted: str) -> None:
    if wanted == Status.DEPROVISIONED:
        services.deactivate_user(actor=put.actor, user=row)
        return
    step = BACK.get((Status(row.status), Status(wanted)))
    if step is None:
        raise refuse("status", f"can't go from {row.status} to {wanted}")
    if step(actor=put.actor, user=row).status != wanted:
        put.note(_("The user has to choose a password first."))


def make_user(put: Put, values: Values) -> User:
    """A new user without a password and without rights, in the groups that are still there."""
    fields: dict[str, Any] = {name: values.get(name) or "" for name in NAMES}
    user = services.create_user(
        actor=put.actor,
        activate=values.get("status") not in (Status.STAGED, Status.DEPROVISIONED),
        profile=values.get("profile") or {},
        groups=known(Group, values.get("groups") or []),
        **fields,
    )
    put.note(_("It is another user with another id, without a password and without rights."))
    for client in known(Client, values.get("clients") or []):
        of_clients.assign_user(actor=put.actor, client=client, user=user)
    return user


def values_of_group(row: Group) -> Values:
    """As the log spells them."""
    return {"name": row.name, "description": row.description}


def update_group(put: Put, row: Group, values: Values) -> None:
    """Name and description."""
    fields = {name: values[name] or "" for name in ("name", "description") if name in values}
    services.update_group(actor=put.actor, group=row, **fields)


def make_group(put: Put, values: Values) -> Group:
    """A new group with those of its members and clients that are still there."""
    fields = {name: values.get(name) or "" for name in ("name", "description")}
    group = services.create_group(actor=put.actor, **fields)
    put.note(_("It is another group with another id: rules that named the old one don't name it."))
    if "members" not in values:
        put.note(_("Its members are not put back: it had none, or too many for the log."))
    for user in known(User, values.get("members") or []):
        services.add_member(actor=put.actor, group=group, user=user)
    for client in known(Client, values.get("clients") or []):
        of_clients.assign_group(actor=put.actor, client=client, group=group)
    return group


def membership(put: Put, verb: str) -> None:
    """What was added is taken out, what was taken out is added: a new path (R16)."""
    group_id, _dot, user_id = put.object_id.partition(".")
    group, user = _row(Group, group_id, "group"), _row(User, user_id, "user")
    change = services.remove_member if verb == "add" else services.add_member
    change(actor=put.actor, group=group, user=user)


def assignment(put: Put, verb: str, before: Values) -> None:
    """The same for an assignment; a changed one gets its former times."""
    client_id, _dot, other_id = put.object_id.partition(".")
    client = _row(Client, client_id, "client")
    is_user = put.event.event_type.startswith("application.")
    other: Any = _row(User, other_id, "user") if is_user else _row(Group, other_id, "group")
    noun = "user" if is_user else "group"
    if verb == "update":
        row: Any = UserAssignment if is_user else GroupAssignment
        found = row.objects.filter(client=client, **{noun: other}).first()
        if found is None:
            raise refuse("assignment", "is gone; put its removal back")
        now = {name: getattr(found, name) for name in ("valid_from", "valid_until")}
        window = {**now, **{n: v for n, v in window_of(before).items() if n in before}}
        change = (
            of_clients.update_user_assignment if is_user else of_clients.update_group_assignment
        )
        change(actor=put.actor, assignment=found, **window)
        return
    key = {"actor": put.actor, "client": client, noun: other}
    if verb == "add":
        getattr(of_clients, f"unassign_{noun}")(**key)
    else:
        getattr(of_clients, f"assign_{noun}")(**key, **window_of(before))


def _row(model: Any, object_id: str, field: str) -> Any:
    row = model.objects.filter(pk=object_id).first()
    if row is None:
        raise refuse(field, "is gone")
    return row


KEEPERS: Final = {
    "User": Keeper(
        finder(User), values_of_user, update_user, make_user, change="directory.change_user"
    ),
    "UserGroup": Keeper(
        finder(Group), values_of_group, update_group, make_group, change="directory.change_group"
    ),
}
