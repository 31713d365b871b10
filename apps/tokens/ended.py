"""Which rows a revoking change has ended: for the marking that follows it (`cascade`).

Each judge looks only at what can't come back: an epoch that has moved, a path that is broken. So a
row that is marked was dead before, whenever, however often and beside whomever this runs.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

from apps.clients.models import Client, GroupAssignment, UserAssignment
from apps.directory.models import GroupMembership, User
from apps.servers.models import AuthorizationServer, Installation
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.tokens.cutoffs import cutoff_of
from apps.tokens.models import AccessToken, Grant, TokenCutoff
from apps.tokens.walk import Row, Scope
from authzsite.domain.revocation import Cutoff, Vector

HasEnded = Callable[[Row, Vector], bool]
Judge = Callable[[Scope, Sequence[tuple[Row, Vector]], datetime], HasEnded]


def _epochs(rows: QuerySet[Any], ids: Iterable[str]) -> dict[str, int]:
    return dict(rows.filter(pk__in=set(ids)).values_list("pk", "epoch"))


def _by_installation(scope: Scope, rows: Sequence[tuple[Row, Vector]], now: datetime) -> HasEnded:
    present = Installation.objects.values_list("epoch", flat=True).get(pk=1)
    return lambda row, vector: vector.installation != present


def _by_server(scope: Scope, rows: Sequence[tuple[Row, Vector]], now: datetime) -> HasEnded:
    present = _epochs(AuthorizationServer.objects.all(), (row.server_id for row, _ in rows))
    return lambda row, vector: vector.server != present.get(row.server_id)


def _by_client(scope: Scope, rows: Sequence[tuple[Row, Vector]], now: datetime) -> HasEnded:
    present = _epochs(Client.objects.all(), (row.client_id for row, _ in rows))
    return lambda row, vector: vector.client != present.get(row.client_id)


def _by_user(scope: Scope, rows: Sequence[tuple[Row, Vector]], now: datetime) -> HasEnded:
    """With `password_epoch` only what stands on an older password, where that counts (R15)."""
    password = scope.get("password_epoch")
    if password is not None:
        return lambda row, vector: vector.password is not None and vector.password < password
    present = _epochs(User.objects.all(), (row.user_id for row, _ in rows))
    return lambda row, vector: vector.user is not None and vector.user != present.get(row.user_id)


def _by_epoch(scope: Scope, rows: Sequence[tuple[Row, Vector]], now: datetime) -> HasEnded:
    """What carries the ended epoch of a policy, rule or scope; a code that waits for its exchange
    doesn't stand on it (R17)."""
    ended = scope["epoch"]
    return lambda row, vector: ended in vector.config and not _is_waiting(row)


def _is_waiting(row: Row) -> bool:
    return isinstance(row, Grant) and row.code_consumed_at is None


def _by_token_policy(scope: Scope, rows: Sequence[tuple[Row, Vector]], now: datetime) -> HasEnded:
    """Clients may have moved to another policy, so each is compared with its present one. Only
    the organisation's server issues tokens that stand on one (R19)."""
    found = Client.objects.filter(pk__in={row.client_id for row, _ in rows})
    present = dict(found.values_list("pk", "token_policy__epoch"))
    return lambda row, vector: (
        row.server_id == ORGANIZATION_SERVER_ID and present.get(row.client_id) not in vector.config
    )


def _by_path(scope: Scope, rows: Sequence[tuple[Row, Vector]], now: datetime) -> HasEnded:
    """What stood on a path that the job is about, and has no unbroken one left of those that it
    recorded (D15). Three statements, however many rows and paths."""
    broken = tuple(scope["paths"])
    concerned = {row.pk: vector for row, vector in rows if _stands_on(vector, broken)}
    unbroken = unbroken_paths({p for vector in concerned.values() for p in vector.paths}, now)
    return lambda row, vector: row.pk in concerned and unbroken.isdisjoint(vector.paths)


def _stands_on(vector: Vector, paths: tuple[str, ...]) -> bool:
    """Of `paths`, one that ends with a dot stands for all that begin with it."""
    return vector.user is not None and any(
        path == one or (one.endswith(".") and path.startswith(one))
        for path in vector.paths
        for one in paths
    )


def _by_cutoff(scope: Scope, rows: Sequence[tuple[Row, Vector]], now: datetime) -> HasEnded:
    """What an explicit revocation means and hadn't read it (R18). As for an epoch, a code that
    waits doesn't stand on the policy, rule or scope that one names. Nothing, once a later one of
    the same has taken its place."""
    found = TokenCutoff.objects.filter(pk=scope["cutoff"]).first()
    if found is None:
        return lambda row, vector: False
    cutoff, issued = cutoff_of(found), issued_of([row for row, _ in rows])
    return lambda row, vector: is_cut(row, vector, cutoff, issued[row.pk])


def is_cut(row: Row, vector: Vector, cutoff: Cutoff, issued_at: datetime) -> bool:
    """Whether a cutoff of the row's server, client and user has ended it."""
    if cutoff.id in vector.cutoffs or cutoff.epochs and _is_waiting(row):
        return False
    return cutoff.matches(frozenset(vector.config), issued_at)


def issued_of(rows: Iterable[Row]) -> dict[str, datetime]:
    """When each was issued, by key: what comes of a grant is as old as the grant."""
    rows = list(rows)
    tokens = [row for row in rows if isinstance(row, AccessToken)]
    grants = Grant.objects.filter(pk__in={row.grant_id for row in tokens if row.grant_id})
    created = dict(grants.values_list("pk", "created")) if tokens else {}
    issued = {row.pk: created.get(row.grant_id, row.issued_at) for row in tokens}
    return issued | {row.pk: row.created for row in rows if isinstance(row, Grant)}


def unbroken_paths(paths: set[str], now: datetime) -> set[str]:
    """The paths whose rows still exist and haven't reached their end. See `statements` for their
    names."""
    parts = {path: tuple(int(part) for part in path[1:].split(".")) for path in paths}
    assigned = {
        "u": _in_force(UserAssignment, (p[0] for path, p in parts.items() if path[0] == "u"), now),
        "g": _in_force(GroupAssignment, (p[0] for path, p in parts.items() if path[0] != "u"), now),
    }
    assigned["e"] = assigned["g"]
    ids = {part[1] for part in parts.values() if len(part) == 2}
    members = set(GroupMembership.objects.filter(pk__in=ids).values_list("pk", flat=True))
    return {
        path
        for path, part in parts.items()
        if part[0] in assigned[path[0]] and (len(part) == 1 or part[1] in members)
    }


def _in_force(model: type[Model], ids: Iterable[int], now: datetime) -> set[int]:
    rows = model._default_manager.filter(pk__in=set(ids))
    begun = Q(valid_from=None) | Q(valid_from__lte=now)
    lasting = Q(valid_until=None) | Q(valid_until__gt=now)
    return set(rows.filter(begun, lasting).values_list("pk", flat=True))


# By the kind of the job; others may add theirs. JWTs have no rows: the end of a key marks nothing.
JUDGES: Final[dict[str, Judge]] = {
    "installation": _by_installation,
    "as": _by_server,
    "client": _by_client,
    "user": _by_user,
    "assignment": _by_path,
    "scope": _by_epoch,
    "policy": _by_epoch,
    "rule": _by_epoch,
    "token_policy": _by_token_policy,
    "cutoff": _by_cutoff,
}
WITHOUT_ROWS: Final = frozenset({"key"})
