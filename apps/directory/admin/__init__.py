"""The directory in the console: users with their statuses and groups, groups with their members."""

from apps.directory.admin.groups import GroupAdmin
from apps.directory.admin.users import UserAdmin

__all__ = ["GroupAdmin", "UserAdmin"]
