"""The built-in group Everyone: every database has it, made or healed after each migration."""

from typing import Any

from apps.directory.models import Group


def ensure_everyone(*, using: str = "default", **kwargs: Any) -> None:
    """Make the group where it is missing, such as in a new or a flushed database."""
    defaults = {"name": "Everyone", "description": "All users in your organization"}
    Group.objects.using(using).get_or_create(type=Group.Type.BUILT_IN, defaults=defaults)
