"""The console's lines of users, groups and assignments."""

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from apps.directory.models import Group
from apps.systemlog.admin.fields import DATETIME_LOCAL
from apps.systemlog.admin.parts import add_url, change_url, list_url, part_url
from tests.oauth.liveness.causes import in_turn
from tests.oauth.liveness.doors.door import Change, Line
from tests.oauth.liveness.people import PASSWORD

USER, GROUP, CLIENT = "directory.User", "directory.Group", "clients.Client"
OLD_PASSWORD = "correct horse battery"


def status(verb: str) -> Change:
    """A button of the user's page."""
    return lambda scene: scene.console.press(
        f"/admin/directory/user/{scene.world.user.pk}/status/{verb}/", **_go(verb)
    )


def _go(verb: str) -> dict[str, str]:
    """What ends nothing isn't asked about."""
    return {"confirmed": "1"} if verb in ("activate", "unsuspend", "unlock", "reactivate") else {}


def selected(verb: str) -> Change:
    """An action of the list of users."""
    return lambda scene: scene.console.press(
        list_url(USER), action=f"{verb}_users", _selected_action=scene.world.user.pk
    )


def password(text: str) -> Change:
    return lambda scene: scene.console.submit(
        part_url(USER, scene.world.user.pk, "password"), password=text
    )


def user_form(**values: Any) -> Change:
    return lambda scene: scene.console.submit(change_url(USER, scene.world.user.pk), **values)


def delete_user(scene: Any) -> None:
    scene.console.press(part_url(USER, scene.world.user.pk, "delete"))


def assignments(scene: Any) -> str:
    return part_url(CLIENT, scene.world.client.pk, "assignments")


def assign(scene: Any) -> None:
    scene.console.submit(assignments(scene), user=scene.world.user.pk)


def unassign(scene: Any) -> None:
    scene.console.press(assignments(scene), remove_user=scene.world.user.pk)


def group_of(scene: Any, is_everyone: bool) -> Any:
    return Group.objects.get(type=Group.Type.BUILT_IN).pk if is_everyone else scene.group.pk


def assign_group(is_everyone: bool = False) -> Change:
    return lambda scene: scene.console.submit(
        assignments(scene), group=group_of(scene, is_everyone)
    )


def unassign_group(is_everyone: bool = False) -> Change:
    return lambda scene: scene.console.press(
        assignments(scene), remove_group=group_of(scene, is_everyone)
    )


def leave(scene: Any) -> None:
    """On the user's page."""
    scene.console.press(part_url(USER, scene.world.user.pk, "groups"), leave=scene.group.pk)


def join(scene: Any) -> None:
    scene.console.submit(part_url(USER, scene.world.user.pk, "groups"), groups=(scene.group.pk,))


def take_out(scene: Any) -> None:
    """On the group's page."""
    scene.console.press(part_url(GROUP, scene.group.pk, "members"), remove=scene.world.user.pk)


def put_in(scene: Any) -> None:
    scene.console.submit(part_url(GROUP, scene.group.pk, "members"), users=(scene.world.user.pk,))


def delete_group(scene: Any) -> None:
    scene.console.press(part_url(GROUP, scene.group.pk, "delete"))


def until(who: str, hours: float | None) -> Change:
    """Another end of the assignment of the user or the group."""

    def change(scene: Any) -> None:
        end = None if hours is None else timezone.now() + timedelta(hours=hours)
        row = scene.world.user if who == "user" else scene.group
        text = end.strftime(DATETIME_LOCAL) if end else ""
        url = f"{assignments(scene)}?{who}={row.pk}"
        scene.console.submit(url, **{who: row.pk, "valid_until": text})

    return change


LINES: Final[dict[str, Line]] = {
    "user deactivated": Line(
        status("deactivate"), in_turn(status("activate"), assign), ("directory_user_status",)
    ),
    "user suspended": Line(status("suspend"), status("unsuspend"), ("directory_user_status",)),
    "user deleted": Line(delete_user, None, ("directory_user_delete",)),
    "password expired": Line(
        status("expire_password"), password(PASSWORD), ("directory_user_password",)
    ),
    "password reset": Line(status("reset_password"), password(PASSWORD)),
    "password changed": Line(password(PASSWORD), password(OLD_PASSWORD)),
    "password changed where that doesn't count": Line(password(PASSWORD)),
    "profile changed": Line(user_form(first_name="Eve"), None, ("directory_user_change",)),
    "made an administrator": Line(user_form(role="auditor"), user_form(role="")),
    "direct assignment removed": Line(unassign, assign, ("clients_client_assignments",)),
    "group's assignment removed": Line(unassign_group(), assign_group()),
    "membership removed": Line(leave, join, ("directory_user_groups",)),
    "group deleted": Line(delete_group, None, ("directory_group_delete",)),
    "Everyone's assignment removed": Line(unassign_group(True), assign_group(True)),
    "assignment ended by an edit": Line(until("user", -1), until("user", 1)),
    "group's assignment ended by an edit": Line(until("group", -1), until("group", 1)),
    "assignment moved to another end": Line(until("user", 2), until("user", None)),
    "direct assignment removed, group stays": Line(unassign, assign),
    "membership removed, direct stays": Line(take_out, put_in, ("directory_group_members",)),
    "group deleted, direct stays": Line(delete_group),
    "last path removed though another was added later": Line(in_turn(assign_group(), unassign)),
    "both paths removed": Line(in_turn(unassign_group(), unassign), assign),
    "group renamed": Line(
        lambda scene: scene.console.submit(change_url(GROUP, scene.group.pk), name="Another name"),
        None,
        ("directory_group_change",),
    ),
    "another group made": Line(
        lambda scene: scene.console.submit(add_url(GROUP), name="Another group"),
        None,
        ("directory_group_add",),
    ),
}
WITHOUT: Final = {
    "user locked by an administrator": "no button: the limiter counts attempts, nobody locks",
    "end of the assignment passed": "time passes through no door",
    "end of the group's assignment passed": "time passes through no door",
}
ACTIONS: Final[dict[str, Line]] = {
    "user deactivated": Line(
        selected("deactivate"),
        selected("activate"),
        (
            "directory_user_changelist:deactivate_users",
            "directory_user_changelist:activate_users",
        ),
    ),
    "user suspended": Line(
        selected("suspend"),
        selected("unsuspend"),
        (
            "directory_user_changelist:suspend_users",
            "directory_user_changelist:unsuspend_users",
        ),
    ),
}
