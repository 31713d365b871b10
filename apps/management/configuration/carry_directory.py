"""Carrying out changes of groups and users."""

from secrets import token_urlsafe

from apps.directory import roles, services
from apps.directory.models import Status, User
from apps.management.configuration.carrier import Carrier, NewSecret, columns
from apps.management.configuration.current import file_status
from apps.management.configuration.plan import Change
from apps.management.configuration.values import Secret

PRIVILEGES = {
    "NONE": {"is_staff": False, "is_superuser": False},
    "READ": dict(roles.AUDITOR.flags),
    "HELP": dict(roles.HELP_DESK.flags),
    "ALL": dict(roles.ADMINISTRATOR.flags),
}
LATE = frozenset({"SUSPENDED", "DEPROVISIONED"})  # once everything else of them is as it is to be


def create_group(run: Carrier, change: Change) -> None:
    """A new group."""
    services.create_group(actor=run.actor, **columns(change.item, change.fields))


def update_group(run: Carrier, change: Change) -> None:
    """Its description."""
    row = run.group(change.item.key[0])
    services.update_group(actor=run.actor, group=row, **columns(change.item, change.fields))


def delete_group(run: Carrier, change: Change) -> None:
    """Away with it."""
    services.delete_group(actor=run.actor, group=run.group(change.item.key[0]))


def create_user(run: Carrier, change: Change) -> None:
    """A new user. Who is to be suspended must have been ACTIVE: a password that nobody knows."""
    item = change.item
    status = item.values.get("status", "ACTIVE")
    password = _password(run, change)
    if status == "SUSPENDED" and password is None:
        password = token_urlsafe(24)
    fields = {"email": "", "first_name": "", "last_name": "", **columns(item, change.fields)}
    fields.pop("status", None)
    fields |= PRIVILEGES[item.values.get("administration", "NONE")]
    services.create_user(
        actor=run.actor,
        password=password,
        activate=status in ("ACTIVE", "SUSPENDED"),
        groups=[run.group(name) for name in item.values.get("groups", ())],
        **fields,
    )


def update_user(run: Carrier, change: Change) -> None:
    """Profile, coming back, password, more groups and privileges; what takes away comes later."""
    item, user = change.item, run.user(change.item.key[0])
    fields = columns(item, change.fields.keys() - {"status"})
    if fields:
        services.update_user(actor=run.actor, user=user, **fields)
    if "status" in change.fields and item.values["status"] == "ACTIVE":
        _bring_back(run, user)
    if "password" in change.fields:
        password = _password(run, change)
        services.set_password(actor=run.actor, user=user, password=password or "")
    before, after = change.fields.get("groups", ((), ()))
    for name in sorted(set(after) - set(before)):
        services.add_member(actor=run.actor, group=run.group(name), user=user)
    if change.fields.get("administration", ("", "NONE"))[1] != "NONE":
        _privilege(run, user, change)


def finish_user(run: Carrier, change: Change) -> None:
    """What takes away: groups, privileges, ACTIVE."""
    item, user = change.item, run.user(change.item.key[0])
    before, after = change.fields.get("groups", ((), ())) if change.before else ((), ())
    for name in sorted(set(before) - set(after)):
        services.remove_member(actor=run.actor, group=run.group(name), user=user)
    if change.before and change.fields.get("administration", ("", ""))[1] == "NONE":
        _privilege(run, user, change)
    status = item.values.get("status") if "status" in change.fields else None
    if status in LATE and file_status(user.status) != status:
        move = {"SUSPENDED": services.suspend_user, "DEPROVISIONED": services.deactivate_user}
        move[status](actor=run.actor, user=user)


def delete_user(run: Carrier, change: Change) -> None:
    """Away with them."""
    services.delete_user(actor=run.actor, user=run.user(change.item.key[0]))


def _bring_back(run: Carrier, user: User) -> None:
    is_suspended = user.status == Status.SUSPENDED
    move = services.unsuspend_user if is_suspended else services.activate_user
    move(actor=run.actor, user=user)


def _privilege(run: Carrier, user: User, change: Change) -> None:
    flags = PRIVILEGES[change.item.values["administration"]]
    services.set_administrator(actor=run.actor, user=user, **flags)


def _password(run: Carrier, change: Change) -> str | None:
    """The variable's, or a generated one, which is shown once."""
    given = change.item.values.get("password")
    if not isinstance(given, Secret):
        return None
    text = given.read()
    if text is None:
        text = token_urlsafe(12)
        run.secrets.append(NewSecret("user", change.item.key[0], text, "password"))
    return text
