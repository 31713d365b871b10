"""How users and groups appear in the system log: as actors and as targets."""

from collections.abc import Mapping
from typing import Any

from apps.directory.models import Group, User
from apps.systemlog.entries import Actor, Target


def actor_of(user: User) -> Actor:
    """The signed-in user as the one who did it."""
    return Actor(user.pk, "User", user.login, user.display_name)


def user_target(user: User, changes: Mapping[str, tuple[Any, Any]] | None = None) -> Target:
    return Target(user.pk, "User", user.login, user.display_name, changes=changes or {})


def group_target(group: Group, changes: Mapping[str, tuple[Any, Any]] | None = None) -> Target:
    return Target(group.pk, "UserGroup", group.name, group.name, changes=changes or {})
