"""A user as the wire has one.

There is no mail here, so no activation or reset links: an administrator sets a first password, and
`transitioningToStatus` is never anything.
"""

from typing import Any, Final

from rest_framework import serializers

from apps.directory.models import Status, User
from apps.management.okta.profiles import ProfileField, shown_profile
from apps.management.okta.shapes import Moment, Shape, href, link
from apps.management.serializers.fields import Text, TextList
from apps.systemlog.render import in_milliseconds
from authzsite.domain import limits

BASE: Final = "users"
TYPE_ID: Final = "oty00000000000000000"  # users are all of one type


class PasswordShape(Shape):
    """`credentials.password`; never shown."""

    value = Text(write_only=True, required=False)


class CredentialsShape(Shape):
    """`credentials`."""

    password = PasswordShape(required=False)
    provider = serializers.DictField(read_only=True)


class UserShape(Shape):
    """A user."""

    id = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=Status.choices, read_only=True)
    created = Moment(read_only=True)
    activated = Moment(read_only=True, allow_null=True)
    statusChanged = Moment(read_only=True, allow_null=True)  # noqa: N815 - the wire's names
    lastLogin = Moment(read_only=True, allow_null=True)  # noqa: N815
    lastUpdated = Moment(read_only=True)  # noqa: N815
    passwordChanged = Moment(read_only=True, allow_null=True)  # noqa: N815
    transitioningToStatus = serializers.CharField(read_only=True, allow_null=True)  # noqa: N815
    type = serializers.DictField(read_only=True)
    realmId = serializers.CharField(read_only=True, allow_null=True)  # noqa: N815
    profile = ProfileField()
    credentials = CredentialsShape(required=False, allow_null=True)
    _links = serializers.DictField(read_only=True)

    @classmethod
    def wire_names(cls) -> dict[str, str]:
        return {"first_name": "firstName", "last_name": "lastName", "is_superuser": "id"}


class NewUserShape(UserShape):
    """A user to be created."""

    groupIds = TextList(  # noqa: N815
        write_only=True, required=False, max_length=limits.MAX_LIST_LENGTH
    )


class ChangedUserShape(UserShape):
    """What a POST changes of a user."""

    profile = ProfileField(required=False)


def shown(user: User) -> dict[str, Any]:
    """The user as the wire has it."""
    return {
        "id": user.pk,
        "status": user.status,
        "created": in_milliseconds(user.created),
        "activated": _moment(user.activated),
        "statusChanged": _moment(user.status_changed),
        "lastLogin": _moment(user.last_login),
        "lastUpdated": in_milliseconds(user.last_updated),
        "passwordChanged": _moment(user.password_changed),
        "transitioningToStatus": None,
        "type": {"id": TYPE_ID},
        "realmId": None,
        "profile": shown_profile(user),
        "credentials": _credentials(user),
        "_links": _links(user),
    }


def _moment(value: Any) -> str | None:
    return in_milliseconds(value) if value else None


def _credentials(user: User) -> dict[str, Any]:
    provider = {"provider": {"type": "OKTA", "name": "OKTA"}}
    return {"password": {}, **provider} if user.has_usable_password() else provider


NEXT: Final[dict[str, tuple[str, ...]]] = {
    Status.STAGED: ("activate", "deactivate"),
    Status.DEPROVISIONED: ("activate",),
    Status.PROVISIONED: ("reactivate", "resetPassword", "deactivate"),
    Status.RECOVERY: ("reactivate", "resetPassword", "deactivate"),
    Status.ACTIVE: ("suspend", "resetPassword", "expirePassword", "deactivate"),
    Status.SUSPENDED: ("unsuspend", "deactivate"),
    Status.LOCKED_OUT: ("unlock", "resetPassword", "deactivate"),
    Status.PASSWORD_EXPIRED: ("resetPassword", "deactivate"),
}
PATHS: Final = {"resetPassword": "reset_password", "expirePassword": "expire_password"}


def _links(user: User) -> dict[str, Any]:
    at = href(BASE, user.pk)
    steps = {
        name: link(f"{at}/lifecycle/{PATHS.get(name, name)}", "POST")
        for name in NEXT.get(user.status, ())
    }
    return {"self": {"href": at}, **steps}
