"""Delegated administration in the console: what a group owns, its administrators change there too.

The same function decides as for the API (`directory.owners.may_change`).
"""

from typing import Any

from django.contrib import admin
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

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """For owners, too; on which rows, `may_change` says."""
        found = super().get_actions(request)
        if self.may_change(request) or not hasattr(self.model, "owners"):
            return found
        mine = self.model._default_manager.filter(owners__memberships__user=request.user.pk)
        return self._own_actions(request) if request.user.is_staff and mine.exists() else found

    def _own_actions(self, request: HttpRequest) -> dict[str, Any]:
        found = admin.ModelAdmin.get_actions(self, request)
        found.pop("delete_selected", None)
        return found

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As `may_change`."""
        is_owner = obj is not None and self.may_change(request, obj)
        return is_owner or super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As `may_change`."""
        is_owner = obj is not None and self.may_change(request, obj)
        return is_owner or super().has_delete_permission(request, obj)
