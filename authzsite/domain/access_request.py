"""The facts that a policy decision is made from, as one frozen value.

The edges fill it in (grant, client, user, assignment, scopes, clock); evaluation reads it and
nothing else. A fact that could not be established stays None, and None never satisfies anything.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from authzsite.domain.token_policy import TokenPolicy


class AssignmentPath(NamedTuple):
    """One way in which a user is assigned to a client, in force now (design rule R6)."""

    id: int | str
    """Identity of the assignment row; never reused."""
    kind: str
    """`direct`, `group` or `everyone`."""
    name: str = ""
    """The group's name for people to read; empty for a direct assignment."""
    group_id: str = ""
    """The group's id, so that a console can link it; empty for a direct assignment."""


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """One request for a token, already authenticated, with everything that evaluation may read."""

    server_id: str
    client_id: str
    grant_type: str
    now: datetime
    """The instant of the decision; must carry a time zone (a naive one satisfies no time window).
    """
    requested_scopes: tuple[str, ...] | None = None
    """Names in the order asked for; None or empty when the request names none."""
    has_user: bool = True
    """Whether the grant stands for a person. Saying no for a person's grant would skip every check
    of people, so yes is the default.
    """
    user_id: str | None = None
    user_status: str | None = None
    """The user's status (`ACTIVE`, `SUSPENDED`, ...) as read with the epochs; None is a missing
    fact and denies.
    """
    group_ids: frozenset[str] | None = None
    """Ids of the user's groups; None when they are unknown, which matches no people condition."""
    assignment_paths: tuple[AssignmentPath, ...] | None = None
    """The paths in force now; None or empty means not assigned."""
    client_may_refresh: bool = False
    """Whether the client has the refresh_token grant; without it `offline_access` is ignored
    (design rule R10).
    """
    token_policy: "TokenPolicy | None" = None
    """Set for a configuration client: its token policy decides instead of access policies (design
    rule R19).
    """
    client_name: str = ""
    """For sentences only."""
    user_name: str = ""
    """For sentences only."""

    @property
    def stands_for_user(self) -> bool:
        """Whether people, status and assignment have to be consulted; either sign of a person is
        enough.
        """
        return self.has_user or self.user_id is not None

    @property
    def asked(self) -> tuple[str, ...]:
        """The requested scopes without repetition, in order; empty when none were requested."""
        return tuple(dict.fromkeys(self.requested_scopes)) if self.requested_scopes else ()
