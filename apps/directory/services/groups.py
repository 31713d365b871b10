"""Groups and memberships. Everyone is built in: it holds all users without rows, unchangeably."""

from typing import Final

from django.db import transaction
from django.utils import timezone

from apps.directory.models import Group, GroupMembership, User
from apps.directory.rows import Changes, assign, created, lock, lost, refuse, save, unique
from apps.directory.targets import group_target, user_target
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.outbox import enqueue
from apps.systemlog.record import record
from authzsite.domain import limits
from authzsite.domain.validation import Invalid, raise_if, validate_description, validate_name

KEPT: Final = 500  # members and clients, in the event of a deletion: it stays readable


@transaction.atomic
def create_group(*, actor: Actor, name: str, description: str = "") -> Group:
    """A new, empty group."""
    group = Group(name=name, description=description)
    raise_if(problems(group))
    with unique("name"):
        group.save(force_insert=True)
    target = group_target(group, created(group, ("name", "description")))
    record(Entry("group.lifecycle.create", actor, (target,)))
    return group


@transaction.atomic
def update_group(
    *, actor: Actor, group: Group, name: str | None = None, description: str | None = None
) -> Group:
    """Change name or description; None leaves it. Revokes nothing."""
    row = _editable(group)
    values = {"name": name, "description": description}
    changes = assign(row, {key: value for key, value in values.items() if value is not None})
    if not changes:
        return row
    raise_if(problems(row))
    with unique("name"):
        save(row, changes)
    record(Entry("group.profile.update", actor, (group_target(row, changes),)))
    return row


@transaction.atomic
def delete_group(*, actor: Actor, group: Group) -> None:
    """Remove group, memberships and assignments; tokens that stood on them alone die (R15)."""
    row = _editable(group)
    record(Entry("group.lifecycle.delete", actor, (group_target(row, _lost(row)),)))
    _revoke(row, cause="group.lifecycle.delete")
    row.delete()


@transaction.atomic
def add_member(*, actor: Actor, group: Group, user: User) -> GroupMembership:
    """Put a user into a group; twice is once."""
    row = _editable(group)
    membership, is_new = GroupMembership.objects.get_or_create(group=row, user=user)
    if is_new:
        _note_membership(row)
        targets = (user_target(user), group_target(row))
        record(Entry("group.user_membership.add", actor, targets, user_id=user.pk))
    return membership


@transaction.atomic
def remove_member(*, actor: Actor, group: Group, user: User) -> bool:
    """Take a user out of a group; False when not a member. Adding again makes a new path (R16)."""
    row = _editable(group)
    memberships = GroupMembership.objects.select_for_update().filter(group=row, user=user)
    membership = memberships.first()
    if membership is None:
        return False
    targets = (user_target(user), group_target(row))
    record(Entry("group.user_membership.remove", actor, targets, user_id=user.pk))
    _revoke(row, cause="group.user_membership.remove", membership=membership)
    membership.delete()
    _note_membership(row)
    return True


def _lost(group: Group) -> Changes:
    """What goes with the group; members and clients only while they are few."""
    members = group.memberships.order_by("pk").values_list("user_id", flat=True)
    clients = group.client_assignments.order_by("pk").values_list("client_id", flat=True)
    kept = {
        name: ids
        for name, found in (("members", members), ("clients", clients))
        if len(ids := list(found[: KEPT + 1])) <= KEPT
    }
    return lost(group, ("name", "description"), **kept)


def problems(group: Group) -> list[Invalid]:
    """Everything wrong with the group, by field."""
    return [
        *validate_name(group.name, limits.GROUP_NAME_LENGTH),
        *validate_description(group.description),
    ]


def _editable(group: Group) -> Group:
    row = lock(group)
    if row.is_everyone:
        raise refuse("type", "is BUILT_IN: this group can't be changed")
    return row


def _note_membership(group: Group) -> None:
    """The group itself stays as it is: `last_updated` is its profile's."""
    group.last_membership_updated = timezone.now()
    group.save(update_fields=["last_membership_updated"])


def _revoke(group: Group, *, cause: str, membership: GroupMembership | None = None) -> None:
    """The outbox row for the paths that break; none when the group leads to no client.

    `paths` are the broken paths; one that ends with a dot stands for all that begin with it.
    """
    assigned = list(group.client_assignments.order_by("pk").values_list("pk", "client_id"))
    if not assigned:
        return
    member = membership.pk if membership else ""
    scope = {
        "group": group.pk,
        "clients": sorted({client for _, client in assigned}),
        "paths": [f"g{pk}.{member}" for pk, _ in assigned],
    }
    if membership:
        scope["user"] = membership.user_id
    enqueue(kind="assignment", object_id=group.pk, object_name=group.name, cause=cause, scope=scope)
