"""A user's creation and profile."""

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from apps.directory.models import Group, Status, User
from apps.directory.rows import Changes, assign, created, lock, save, unique
from apps.directory.services.administrators import privileges
from apps.directory.services.groups import add_member
from apps.directory.services.passwords import check_password
from apps.directory.targets import user_target
from apps.systemlog.entries import Actor, Entry, changes_between
from apps.systemlog.record import record
from authzsite.domain.validation import (
    Invalid,
    raise_if,
    validate_email,
    validate_login,
    validate_person_name,
)

# Members of a profile that have columns of their own.
COLUMNS = frozenset({"login", "email", "firstName", "lastName"})


class UserFields(TypedDict, total=False):
    """What `update_user` can change; a missing member stays, `profile` is replaced whole."""

    login: str
    email: str
    first_name: str
    last_name: str
    profile: Mapping[str, Any]


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    login: str,
    email: str,
    first_name: str,
    last_name: str,
    password: str | None = None,
    activate: bool = True,
    profile: Mapping[str, Any] | None = None,
    groups: Iterable[Group] = (),
    is_staff: bool = False,
    is_superuser: bool = False,
    is_help_desk: bool = False,
) -> User:
    """A new user: STAGED; activated, ACTIVE with a password and PROVISIONED without (R7)."""
    user = User(
        login=login,
        email=email,
        first_name=first_name,
        last_name=last_name,
        profile=dict(profile or {}),
        **privileges(is_staff=is_staff, is_superuser=is_superuser, is_help_desk=is_help_desk),
    )
    raise_if(problems(user))
    _begin(user, password, activate=activate)
    with unique("login", "an object with this field already exists"):
        user.save(force_insert=True)
    names = (
        "login",
        "email",
        "first_name",
        "last_name",
        "status",
        "profile",
        "is_staff",
        "is_superuser",
        "is_help_desk",
    )
    target = user_target(user, created(user, names))
    record(Entry("user.lifecycle.create", actor, (target,), user_id=user.pk))
    if user.is_staff:
        record(Entry("user.account.privilege.grant", actor, (user_target(user),), user_id=user.pk))
    for group in groups:
        add_member(actor=actor, group=group, user=user)
    return user


@transaction.atomic
def update_user(*, actor: Actor, user: User, **fields: Unpack[UserFields]) -> User:
    """Change the profile. Revokes nothing: tokens stand on the user's id, not on the login."""
    row = lock(user)
    values: dict[str, Any] = {**fields}
    if "profile" in values:
        values["profile"] = dict(values["profile"])
    changes = assign(row, values)
    if not changes:
        return row
    raise_if(problems(row))
    with unique("login", "an object with this field already exists"):
        save(row, changes)
    if "profile" in changes:
        changes |= _member_changes(*changes.pop("profile"))
    record(
        Entry("user.account.update_profile", actor, (user_target(row, changes),), user_id=row.pk)
    )
    return row


def problems(user: User) -> list[Invalid]:
    """Everything wrong with the profile, by field."""
    found = [
        *validate_login(user.login),
        *validate_email(user.email),
        *validate_person_name(user.first_name, field="first_name"),
        *validate_person_name(user.last_name, field="last_name"),
    ]
    if taken := sorted(COLUMNS & user.profile.keys()):
        found.append(Invalid("profile", f"must not hold {', '.join(taken)}"))
    return found


def _member_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """The log names the members of the profile that changed, not the whole of it."""
    return {f"profile.{name}": pair for name, pair in changes_between(before, after).items()}


def _begin(user: User, password: str | None, *, activate: bool) -> None:
    now = timezone.now()
    if password is None:
        user.set_unusable_password()
    else:
        check_password(password, user)
        user.set_password(password)
        user.password_changed = now
    if activate:
        user.status = Status.PROVISIONED if password is None else Status.ACTIVE
        user.activated = now
    user.status_changed = now
