"""Delegated administration in the console: what a group owns, its administrators change there too.

The same function decides as for the API (`directory.owners.may_change`).
"""

from typing import Any

from django.http import HttpRequest

from apps.directory.owners import may_change
from apps.systemlog.admin.service import ServiceAdmin


class OwnedAdmin(ServiceAdmin):
    """A table of servers or clients, or of what belongs to one."""

    def owned_of(self, obj: Any) -> Any:
        """The server or client that the row is, or belongs to."""
        return obj

    def may_change(self, request: HttpRequest, obj: Any = None) -> bool:
        """An owner may change the row, as well as who may change all."""
        if obj is not None and may_change(request.user, self.owned_of(obj)):
            return True
        return super().may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As `may_change`."""
        is_owner = obj is not None and self.may_change(request, obj)
        return is_owner or super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As `may_change`."""
        is_owner = obj is not None and self.may_change(request, obj)
        return is_owner or super().has_delete_permission(request, obj)
