"""Reading grants and tokens: how many living ones stand on something (the blast radius)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from apps.clients.models import ActiveStatus, Client
from apps.directory.models import Status, User
from apps.servers.models import AuthorizationServer, Installation
from apps.tokens.models import AccessToken, Grant
from apps.tokens.standing import load_vector
from authzsite.domain import limits
from authzsite.domain.revocation import Vector

COUNT_LIMIT: Final = 10_000
LONGEST_ACCESS: Final = timedelta(minutes=limits.ACCESS_TOKEN_MINUTES[1])


@dataclass(frozen=True, slots=True)
class Reach:
    """Which tokens are meant: those of all the given ids that stand on one of the given things."""

    servers: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()  # row ids
    users: frozenset[str] = frozenset()
    epoch: int | None = None  # of a policy, rule, scope or token policy
    needs_password: bool = False  # only those that end with a changed password
    paths: tuple[str, ...] = ()  # of assignments; one that ends with a dot stands for all below it

    def covers(self, vector: Vector) -> bool:
        """Whether a token with this vector stands on what is meant."""
        if self.needs_password and vector.password is None:
            return False
        if self.epoch is not None and self.epoch not in vector.config:
            return False
        return not self.paths or (bool(vector.paths) and all(map(self._breaks, vector.paths)))

    def _breaks(self, path: str) -> bool:
        return any(path == p or (p.endswith(".") and path.startswith(p)) for p in self.paths)


@dataclass(slots=True)
class Count:
    """How many. `is_partial`: there are more than were looked at."""

    grants: int = 0
    tokens: int = 0
    by_user: dict[str, int] = field(default_factory=dict)
    by_client: dict[str, int] = field(default_factory=dict)
    is_partial: bool = False

    def add(self, row: dict[str, Any], *, is_grant: bool) -> None:
        """One more."""
        self.grants += is_grant
        self.tokens += not is_grant
        self.by_client[row["client_id"]] = self.by_client.get(row["client_id"], 0) + 1
        if row["user_id"]:
            self.by_user[row["user_id"]] = self.by_user.get(row["user_id"], 0) + 1


def count_grants(reach: Reach, now: datetime) -> Count:
    """The living grants and opaque access tokens that would die. Looks at COUNT_LIMIT rows of each.

    A grant whose paths are only in part broken lives on, and isn't counted.
    """
    standing = _Standing()
    count = Count()
    for found, is_grant in ((live_grants(now), True), (live_tokens(now), False)):
        rows = _of(found, reach).values("server_id", "client_id", "user_id", "vector")
        for place, row in enumerate(rows.order_by()[: COUNT_LIMIT + 1].iterator()):
            if place == COUNT_LIMIT:
                count.is_partial = True
                break
            if reach.covers(vector := load_vector(row["vector"]) or DEAD) and standing.holds(
                row, vector
            ):
                count.add(row, is_grant=is_grant)
    return count


DEAD: Final = Vector(-1, -1, -1)


def live_grants(now: datetime) -> QuerySet[Grant]:
    """Grants with a code or refresh token to use, or whose last access token may still live."""
    with_code = Q(code_consumed_at=None, code_expires_at__gt=now)
    lasting = Q(expires_at=None) | Q(expires_at__gt=now)
    with_refresh = ~Q(refresh_digest="") & Q(idle_expires_at__gt=now) & lasting
    recent = Q(code_consumed_at__gt=now - LONGEST_ACCESS)
    return Grant.objects.filter(with_code | with_refresh | recent, revoked_at=None)


def live_tokens(now: datetime) -> QuerySet[AccessToken]:
    """Opaque access tokens whose time isn't over."""
    return AccessToken.objects.filter(expires_at__gt=now, revoked_at=None)


def _of(found: QuerySet[Any], reach: Reach) -> QuerySet[Any]:
    for column, ids in (
        ("server_id", reach.servers),
        ("client_id", reach.clients),
        ("user_id", reach.users),
    ):
        if ids:
            found = found.filter(**{f"{column}__in": sorted(ids)})
    return found


class _Standing:
    """The present epochs, read once: a token that is dead already can't be revoked again."""

    def __init__(self) -> None:
        self.installation = Installation.objects.values_list("epoch", flat=True).get(pk=1)
        active = ActiveStatus.ACTIVE
        servers = AuthorizationServer.objects.filter(status=active)
        self.servers = dict(servers.values_list("pk", "epoch"))
        self.clients = dict(Client.objects.filter(status=active).values_list("pk", "epoch"))
        self.users: dict[str, int | None] = {"": None}

    def holds(self, row: dict[str, Any], vector: Vector) -> bool:
        """Whether installation, server, client and user are as the token recorded them."""
        return (
            vector.installation == self.installation
            and vector.server == self.servers.get(row["server_id"])
            and vector.client == self.clients.get(row["client_id"])
            and vector.user == self._user(row["user_id"])
        )

    def _user(self, user_id: str) -> int | None:
        if user_id not in self.users:
            found = User.objects.filter(pk=user_id, status=Status.ACTIVE)
            self.users[user_id] = found.values_list("epoch", flat=True).first() or -1
        return self.users[user_id]
