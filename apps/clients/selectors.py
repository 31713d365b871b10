"""Reading clients: who is assigned by which path, and what uses what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Q, QuerySet

from apps.clients.models import (
    ActiveStatus,
    Client,
    ClientOrigin,
    ClientSecret,
    GroupAssignment,
    LoginPolicy,
    TokenPolicy,
    UserAssignment,
)
from apps.clients.services.assignments import is_in_force
from apps.directory.models import Group, GroupMembership, User
from authzsite.domain.access_request import AssignmentPath

Kind = Literal["direct", "group", "everyone"]
MAX_ORIGIN_LENGTH = 512  # as wide as the column


@dataclass(frozen=True, slots=True)
class ExplainedPath:
    """One way by which a user is assigned to a client; `text` is what tokens record (D15)."""

    text: str
    kind: Kind
    name: str
    """The group's name, or the user's login."""
    group_id: str
    """Empty for a direct assignment."""
    assignment_id: int
    valid_from: datetime | None
    valid_until: datetime | None
    is_in_force: bool

    @property
    def fact(self) -> AssignmentPath:
        """The path as a policy decision reads it."""
        name = "" if self.kind == "direct" else self.name
        return AssignmentPath(self.text, self.kind, name, self.group_id)


def is_registered_origin(origin: str) -> bool:
    """Whether an ACTIVE client has registered this origin, itself or by a redirect URI."""
    if len(origin) > MAX_ORIGIN_LENGTH or not origin.isprintable():
        return False
    found = ClientOrigin.objects.filter(origin=origin, client__status=ActiveStatus.ACTIVE)
    return found.exists()


def assignment_paths(user: User, client: Client, now: datetime) -> tuple[ExplainedPath, ...]:
    """Every path from the user to the client, in force or not, for explanation."""
    direct = UserAssignment.objects.filter(user=user, client=client)
    paths = [_path(f"u{row.pk}", "direct", user.login, row, now) for row in direct]
    memberships = dict(GroupMembership.objects.filter(user=user).values_list("group_id", "pk"))
    for row in _group_assignments(client, memberships):
        if row.group.is_everyone:
            paths.append(_path(f"e{row.pk}", "everyone", row.group.name, row, now))
        else:
            text = f"g{row.pk}.{memberships[row.group_id]}"
            paths.append(_path(text, "group", row.group.name, row, now))
    return tuple(paths)


def current_paths(user: User, client: Client, now: datetime) -> frozenset[str]:
    """The paths in force now, as tokens record them; empty means not assigned (R6)."""
    return frozenset(path.text for path in assignment_paths(user, client, now) if path.is_in_force)


def clients_of_user(user: User) -> QuerySet[Client]:
    """The clients that the user is assigned to by any path, in force or not."""
    by_group = Q(group_assignments__group__memberships__user=user)
    by_everyone = Q(group_assignments__group__type=Group.Type.BUILT_IN)
    by_user = Q(user_assignments__user=user)
    return Client.objects.filter(by_user | by_group | by_everyone).distinct().order_by("name")


def clients_of_group(group: Group) -> QuerySet[Client]:
    """The clients that the group is assigned to: what uses the group here."""
    return Client.objects.filter(group_assignments__group=group).order_by("name")


def clients_of_token_policy(policy: TokenPolicy) -> QuerySet[Client]:
    """The clients that get tokens under the policy: what keeps it from being deleted."""
    return Client.objects.filter(token_policy=policy).order_by("name")


def clients_of_login_policy(policy: LoginPolicy) -> QuerySet[Client]:
    """The clients whose users sign in under the policy: what keeps it from being deleted."""
    return Client.objects.filter(login_policy=policy).order_by("name")


def live_secrets(client: Client, now: datetime) -> QuerySet[ClientSecret]:
    """The secrets that are accepted now."""
    lasting = Q(expires_at=None) | Q(expires_at__gt=now)
    return ClientSecret.objects.filter(lasting, client=client, status=ActiveStatus.ACTIVE)


def expiring_secrets(now: datetime, until: datetime) -> QuerySet[ClientSecret]:
    """Secrets in use that end before `until`: what needs attention."""
    found = ClientSecret.objects.filter(
        status=ActiveStatus.ACTIVE, expires_at__gt=now, expires_at__lte=until
    )
    return found.select_related("client").order_by("expires_at")


def _group_assignments(client: Client, group_ids: Iterable[str]) -> QuerySet[GroupAssignment]:
    is_mine = Q(group_id__in=list(group_ids)) | Q(group__type=Group.Type.BUILT_IN)
    found = GroupAssignment.objects.filter(is_mine, client=client)
    return found.select_related("group").order_by("pk")


def _path(
    text: str,
    kind: Kind,
    name: str,
    row: UserAssignment | GroupAssignment,
    now: datetime,
) -> ExplainedPath:
    return ExplainedPath(
        text=text,
        kind=kind,
        name=name,
        group_id=row.group_id if isinstance(row, GroupAssignment) else "",
        assignment_id=row.pk,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        is_in_force=is_in_force(row, now),
    )
