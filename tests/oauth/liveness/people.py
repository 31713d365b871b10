"""R15, first two lines: users, passwords, and the paths by which a user is assigned."""

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from apps.clients.models import GroupAssignment, UserAssignment
from apps.clients.services import (
    assign_group,
    assign_user,
    unassign_group,
    unassign_user,
    update_group_assignment,
    update_user_assignment,
)
from apps.directory import services as directory
from apps.directory.models import Group
from tests.factories import TESTER
from tests.guards.net import unguarded
from tests.oauth.liveness.causes import NOTHING, OF_USER, Cause, Change, in_turn
from tests.oauth.liveness.scene import Scene

DIRECT, GROUP, BOTH, EVERYONE = ("direct",), ("group",), ("direct", "group"), ("everyone",)
PASSWORD = "another good battery staple"


def user(service: str, **fields: Any) -> Change:
    """A change of the user."""
    return lambda scene: getattr(directory, service)(actor=TESTER, user=scene.world.user, **fields)


def member(service: str) -> Change:
    """A change of the user's membership."""
    return lambda scene: getattr(directory, service)(
        actor=TESTER, group=scene.group, user=scene.world.user
    )


def assign(scene: Scene) -> None:
    assign_user(actor=TESTER, client=scene.world.client, user=scene.world.user)


def unassign(scene: Scene) -> None:
    unassign_user(actor=TESTER, client=scene.world.client, user=scene.world.user)


def assign_the_group(scene: Scene) -> None:
    assign_group(actor=TESTER, client=scene.world.client, group=scene.group)


def unassign_the_group(scene: Scene) -> None:
    unassign_group(actor=TESTER, client=scene.world.client, group=scene.group)


def unassign_everyone(scene: Scene) -> None:
    everyone = Group.objects.get(type=Group.Type.BUILT_IN)
    unassign_group(actor=TESTER, client=scene.world.client, group=everyone)


def assign_everyone(scene: Scene) -> None:
    everyone = Group.objects.get(type=Group.Type.BUILT_IN)
    assign_group(actor=TESTER, client=scene.world.client, group=everyone)


def group(service: str, **fields: Any) -> Change:
    """A change of the group."""
    return lambda scene: getattr(directory, service)(actor=TESTER, group=scene.group, **fields)


def reactivate(scene: Scene) -> None:
    user("activate_user")(scene)
    assign(scene)


def direct_until(hours: float | None) -> Change:
    """Give the direct assignment an end, so many hours from now."""

    def change(scene: Scene) -> None:
        row = UserAssignment.objects.get(user=scene.world.user, client=scene.world.client)
        end = None if hours is None else timezone.now() + timedelta(hours=hours)
        update_user_assignment(actor=TESTER, assignment=row, valid_from=None, valid_until=end)

    return change


def group_until(hours: float | None) -> Change:
    """Give the group's assignment an end, so many hours from now."""

    def change(scene: Scene) -> None:
        row = GroupAssignment.objects.get(group=scene.group, client=scene.world.client)
        end = None if hours is None else timezone.now() + timedelta(hours=hours)
        update_group_assignment(actor=TESTER, assignment=row, valid_from=None, valid_until=end)

    return change


def time_passes(scene: Scene) -> None:
    """Every assignment with an end has reached it: the rows as an hour later, without waiting."""
    for model in (UserAssignment, GroupAssignment):
        rows = model.objects.filter(valid_until__isnull=False)
        with unguarded():
            rows.update(valid_until=timezone.now() - timedelta(seconds=1))


USERS: Final = (
    Cause(
        "user deactivated",
        OF_USER,
        user("deactivate_user"),
        reactivate,
        ("deactivate_user", "activate_user"),
        152,
    ),
    Cause(
        "user suspended",
        OF_USER,
        user("suspend_user"),
        user("unsuspend_user"),
        ("suspend_user", "unsuspend_user"),
        152,
    ),
    Cause("user deleted", OF_USER, user("delete_user"), None, ("delete_user",), 152),
    Cause(
        "user locked by an administrator",
        OF_USER,
        user("lock_user"),
        user("unlock_user"),
        ("lock_user", "unlock_user"),
        160,
    ),
    Cause(
        "password expired",
        OF_USER,
        user("expire_password"),
        user("set_password", password=PASSWORD),
        ("expire_password",),
        159,
    ),
    Cause(
        "password reset",
        OF_USER,
        user("reset_password"),
        user("set_password", password=PASSWORD),
        ("reset_password",),
        159,
    ),
    Cause(
        "password changed",
        OF_USER,
        user("set_password", password=PASSWORD),
        user("set_password", password="correct horse battery"),
        ("set_password",),
        159,
    ),
    Cause(
        "password changed where that doesn't count",
        NOTHING,
        user("set_password", password=PASSWORD),
        None,
        ("set_password",),
        159,
        password_counts=False,
    ),
    Cause(
        "profile changed", NOTHING, user("update_user", first_name="Eve"), None, ("update_user",)
    ),
    Cause(
        "made an administrator",
        NOTHING,
        user("set_administrator", is_staff=True),
        user("revoke_administrator"),
        ("set_administrator", "revoke_administrator"),
    ),
)

PATHS: Final = (
    Cause(
        "direct assignment removed",
        OF_USER,
        unassign,
        assign,
        ("unassign_user", "assign_user"),
        154,
    ),
    Cause(
        "group's assignment removed",
        OF_USER,
        unassign_the_group,
        assign_the_group,
        ("unassign_group", "assign_group"),
        155,
        GROUP,
    ),
    Cause(
        "membership removed",
        OF_USER,
        member("remove_member"),
        member("add_member"),
        ("remove_member", "add_member"),
        155,
        GROUP,
    ),
    Cause("group deleted", OF_USER, group("delete_group"), None, ("delete_group",), 155, GROUP),
    Cause(
        "Everyone's assignment removed",
        OF_USER,
        unassign_everyone,
        assign_everyone,
        ("unassign_group",),
        155,
        EVERYONE,
    ),
    Cause(
        "end of the assignment passed",
        OF_USER,
        time_passes,
        direct_until(None),
        ("update_user_assignment",),
        154,
        prepare=direct_until(1),
    ),
    Cause(
        "end of the group's assignment passed",
        OF_USER,
        time_passes,
        group_until(None),
        ("update_group_assignment",),
        155,
        GROUP,
        prepare=group_until(1),
    ),
    Cause(
        "assignment ended by an edit",
        OF_USER,
        direct_until(-1),
        direct_until(1),
        ("update_user_assignment",),
        154,
    ),
    Cause(
        "group's assignment ended by an edit",
        OF_USER,
        group_until(-1),
        group_until(1),
        ("update_group_assignment",),
        155,
        GROUP,
    ),
    Cause(
        "assignment moved to another end",
        NOTHING,
        direct_until(2),
        direct_until(None),
        ("update_user_assignment",),
        154,
        prepare=direct_until(1),
    ),
    Cause("direct assignment removed, group stays", NOTHING, unassign, assign, (), 154, BOTH),
    Cause(
        "membership removed, direct stays", NOTHING, member("remove_member"), None, (), 155, BOTH
    ),
    Cause("group deleted, direct stays", NOTHING, group("delete_group"), None, (), 155, BOTH),
    Cause(
        "last path removed though another was added later",
        OF_USER,
        in_turn(assign_the_group, unassign),
        None,
        (),
        154,
    ),
    Cause(
        "both paths removed",
        OF_USER,
        in_turn(unassign_the_group, unassign),
        assign,
        (),
        154,
        BOTH,
    ),
    Cause(
        "group renamed",
        NOTHING,
        group("update_group", name="Another name"),
        None,
        ("update_group",),
        155,
        GROUP,
    ),
    Cause(
        "another group made",
        NOTHING,
        lambda scene: directory.create_group(actor=TESTER, name="Another group"),
        None,
        ("create_group",),
        155,
        GROUP,
    ),
)
