"""Whether the caller may make the call.

A client: if its scopes reach method and path (R20, `domain.api_scopes`). A person: a superuser may
do everything, other administrators may look, and change what a group of theirs owns; a help desk
may help and revoke.
"""

from rest_framework.request import Request
from rest_framework.views import APIView

from apps.directory.owners import may_change
from apps.directory.roles import has_permission
from apps.management.okta.callers import ApiKey
from apps.management.okta.faults import forbidden
from apps.management.permissions import TokenReachesPath
from authzsite.domain.pattern_scopes import READ_METHODS


class IsAllowed(TokenReachesPath):
    """For both kinds of callers."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """False without a credential; what is refused says why."""
        if isinstance(request.auth, ApiKey):
            return _may(request.auth, view)
        return super().has_permission(request, view)


def _may(key: ApiKey, view: APIView) -> bool:
    method = view.request.method or ""
    reads = method in READ_METHODS or getattr(view, "only_reads", False)
    if reads and not view.requirement.is_secret:  # type: ignore[attr-defined]
        return True
    helps = view.helps.get(method, "")  # type: ignore[attr-defined]
    if has_permission(key.owner, helps) and view.is_for_help(key.owner):  # type: ignore[attr-defined]
        return True
    owned = view.owned_object() if not key.owner.is_superuser else None  # type: ignore[attr-defined]
    if key.owner.is_superuser or (owned is not None and may_change(key.owner, owned)):
        return True
    raise forbidden("not_the_owner")
