"""The management API in Okta's dialect: users, groups, applications and their secrets."""

from dataclasses import replace
from typing import Any, Final

from apps.clients.models import ClientSecret
from apps.directory.models import Group
from tests.oauth.liveness.causes import in_turn
from tests.oauth.liveness.clients import FIELDS
from tests.oauth.liveness.doors.door import Change, Line
from tests.oauth.liveness.doors.rest_calls import call, edited, put_back, with_member
from tests.oauth.liveness.people import PASSWORD

USER: Final = "users/{world.user.pk}"
GROUP: Final = "groups/{group.pk}"
MEMBER: Final = GROUP + "/users/{world.user.pk}"
APP: Final = "apps/{world.client.pk}"
SECRETS: Final = f"{APP}/credentials/secrets"
SECRET: Final = "a-secret-that-the-administrator-has-chosen-0123456789"
OLD_PASSWORD: Final = "correct horse battery"
SETTINGS: Final = ("settings", "oauthClient")
CREDENTIALS: Final = ("credentials", "oauthClient")
OF_APP: Final = {
    "name": ("label",),
    "token_endpoint_auth_method": (*CREDENTIALS, "token_endpoint_auth_method"),
    "pkce_required": (*CREDENTIALS, "pkce_required"),
    "rotation_type": (*SETTINGS, "refresh_token", "rotation_type"),
    "leeway": (*SETTINGS, "refresh_token", "leeway"),
}
NOT_THERE: Final = {
    "response_types": "not a member: it follows the grant types",
    "allowed_origins": "not a member: Okta has origins of the organisation only",
}


def step(verb: str) -> Change:
    return call("POST", f"{USER}/lifecycle/{verb}")


def password(text: str) -> Change:
    return call("POST", USER, {"credentials": {"password": {"value": text}}})


def assign(scene: Any) -> None:
    call("POST", f"{APP}/users", {"id": scene.world.user.pk, "scope": "USER"})(scene)


unassign: Final = call("DELETE", f"{APP}/users/{{world.user.pk}}")
assign_group: Final = call("PUT", f"{APP}/groups/{{group.pk}}", {})
unassign_group: Final = call("DELETE", f"{APP}/groups/{{group.pk}}")


def everyone(method: str, body: Any = None) -> Change:
    """An assignment of Everyone."""

    def change(scene: Any) -> None:
        group = Group.objects.get(type=Group.Type.BUILT_IN)
        call(method, f"{APP}/groups/{group.pk}", body)(scene)

    return change


def choose_secret(scene: Any) -> None:
    edited(APP, with_member(*CREDENTIALS, "client_secret", value=SECRET))(scene)
    scene.world = replace(scene.world, secret=SECRET)


def add_secret(scene: Any) -> None:
    made = call("POST", SECRETS)(scene)
    scene.world = replace(scene.world, secret=made["client_secret"])


def first_secret(method: str, part: str = "") -> Change:
    """A change of the oldest secret; the client uses another one."""

    def change(scene: Any) -> None:
        row = ClientSecret.objects.filter(client=scene.world.client).order_by("created")[0]
        call(method, f"{SECRETS}/{row.pk}{part}")(scene)

    return change


deactivate_secret: Final = first_secret("POST", "/lifecycle/deactivate")
PEOPLE: Final[dict[str, Line]] = {
    "user deactivated": Line(step("deactivate"), in_turn(step("activate"), assign)),
    "user suspended": Line(step("suspend"), step("unsuspend")),
    "user deleted": Line(in_turn(call("DELETE", USER), call("DELETE", USER))),
    "password expired": Line(step("expire_password"), password(PASSWORD)),
    "password reset": Line(step("reset_password"), password(PASSWORD)),
    "password changed": Line(password(PASSWORD), password(OLD_PASSWORD)),
    "password changed where that doesn't count": Line(password(PASSWORD)),
    "profile changed": Line(call("POST", USER, {"profile": {"firstName": "Eve"}})),
    "direct assignment removed": Line(unassign, assign),
    "group's assignment removed": Line(unassign_group, assign_group),
    "membership removed": Line(call("DELETE", MEMBER), call("PUT", MEMBER)),
    "group deleted": Line(call("DELETE", GROUP)),
    "Everyone's assignment removed": Line(everyone("DELETE"), everyone("PUT", {})),
    "direct assignment removed, group stays": Line(unassign, assign),
    "membership removed, direct stays": Line(call("DELETE", MEMBER), call("PUT", MEMBER)),
    "group deleted, direct stays": Line(call("DELETE", GROUP)),
    "last path removed though another was added later": Line(in_turn(assign_group, unassign)),
    "both paths removed": Line(in_turn(unassign_group, unassign), assign),
    "group renamed": Line(call("PUT", GROUP, {"profile": {"name": "Another name"}})),
    "another group made": Line(call("POST", "groups", {"profile": {"name": "Another group"}})),
}
APPS: Final[dict[str, Line]] = {
    "client deactivated": Line(
        call("POST", f"{APP}/lifecycle/deactivate"), call("POST", f"{APP}/lifecycle/activate")
    ),
    "client deleted": Line(
        in_turn(call("POST", f"{APP}/lifecycle/deactivate"), call("DELETE", APP))
    ),
    "secret rotated": Line(choose_secret),
    "secret deactivated and deleted": Line(
        in_turn(add_secret, deactivate_secret, first_secret("DELETE"))
    ),
    "secret deactivated and activated": Line(
        in_turn(add_secret, deactivate_secret, first_secret("POST", "/lifecycle/activate"))
    ),
    **{
        f"client's {name} changed": Line(
            edited(APP, with_member(*OF_APP.get(name, (*SETTINGS, name)), value=value)),
            put_back(APP),
        )
        for name, (value, _) in FIELDS.items()
        if name not in NOT_THERE
    },
}
LINES: Final = {**PEOPLE, **APPS}
NO_END: Final = "assignments have no end in Okta's dialect"
WITHOUT: Final = {
    "user locked by an administrator": "nobody locks: the limiter counts attempts",
    "made an administrator": "administrators are made in the console only",
    "end of the assignment passed": "time passes through no door",
    "end of the group's assignment passed": "time passes through no door",
    **dict.fromkeys(
        (
            "assignment ended by an edit",
            "group's assignment ended by an edit",
            "assignment moved to another end",
        ),
        NO_END,
    ),
    "secret rotated with overlap": "an overlap is two secrets, of which one is deactivated later",
    "leaked secret revoked": "the lifecycle of a secret ends no tokens in Okta's dialect",
    **{f"client's {name} changed": why for name, why in NOT_THERE.items()},
}
