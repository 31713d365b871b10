"""The facts of an AccessRequest: the one place to add a fact that a new condition needs."""

from datetime import datetime
from typing import Protocol

from apps.tokens.store import Reading
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.grant_types import has_user
from authzsite.domain.policy import AccessRequest, AssignmentPath


class ServerFacts(Protocol):
    """What is read of the server: of its snapshot, or of its row."""

    @property
    def id(self) -> str: ...

    @property
    def is_organization(self) -> bool: ...


KINDS = {"u": "direct", "g": "group", "e": "everyone"}


def access_request(
    server: ServerFacts,
    client: ClientSnapshot,
    reading: Reading,
    *,
    grant_type: str,
    requested: tuple[str, ...] | None,
    now: datetime,
) -> AccessRequest:
    """One authenticated request as the policies see it."""
    with_user = has_user(grant_type)
    user = reading.user if with_user else None
    return AccessRequest(
        server_id=server.id,
        client_id=client.id,
        grant_type=grant_type,
        now=now,
        requested_scopes=requested,
        has_user=with_user,
        user_id=user.id if user else None,
        user_status=user.status if user else None,
        group_ids=frozenset(ident for ident, _ in reading.groups) if user else None,
        assignment_paths=_paths(reading) if user else None,
        client_may_refresh=client.may_refresh,
        token_policy=client.token_policy if server.is_organization else None,  # R19
        client_name=client.name,
        user_name=reading.profile.login if reading.profile else "",
    )


def _paths(reading: Reading) -> tuple[AssignmentPath, ...]:
    """The paths as the statement names them: `u…` direct, `g….…` by group, `e…` by Everyone."""
    names = dict(reading.groups)
    return tuple(
        AssignmentPath(path, KINDS.get(path[:1], "direct"), names.get(group, ""), group)
        for path in sorted(reading.paths)
        for group in (reading.path_groups.get(path, ""),)
    )
