"""What the log keeps of calls (R24): each of a client's, and of a person's those that were refused;
what changes is an event of its own, by the service that changed it."""

from rest_framework.request import Request

from apps.directory.targets import actor_of
from apps.management.identity_cloud.calls import EVENT, record_call
from apps.management.okta.callers import ApiKey
from apps.management.permissions import PathRequirement
from apps.systemlog.entries import Entry, Target
from apps.systemlog.record import record


def record_api_call(
    needed: PathRequirement | None, request: Request, status: int, reason: str
) -> None:
    """Write the event of a call, as far as it gets one."""
    key = request.auth
    if not isinstance(key, ApiKey):
        record_call(needed, getattr(request, "presented", None), status, reason)
    elif status >= 400 and needed is not None:
        record(
            Entry(
                EVENT,
                actor=actor_of(key.owner),
                targets=(Target(key.id, "Token"),),
                outcome="FAILURE",
                reason=reason,
                user_id=key.owner.pk,
                debug={
                    "method": needed.method,
                    "path": "/".join(needed.segments)[:512],
                    "status": status,
                    "requestApiTokenId": key.id,
                },
            )
        )
