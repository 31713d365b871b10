"""The facts of many people at once: what the token endpoint's one SELECT finds of one, in six
statements however many."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

from apps.clients.models import GroupAssignment, UserAssignment
from apps.directory.models import Group, GroupMembership, User
from apps.policies.services.draft_edits import ASSIGN, Edit
from apps.tokens.store import ProfileRow, Reading, UserRow

Pair = tuple[str, str]  # row ids of a client and of a user; no user is ""
USER: Final = ("id", "epoch", "password_epoch", "status", "login")
NEW: Final = "new"  # in place of the id of an assignment that isn't made yet
PROFILE: Final = ("login", "email", "verified_email", "first_name", "last_name", "profile")


def readings_of(
    pairs: Iterable[Pair], now: datetime, edits: Iterable[Edit] = ()
) -> dict[Pair, Reading]:
    """What policies may read of each user and of their assignment to each client, with the edits of
    assignments of a draft. Versions, and what else the SELECT finds, are left out: nothing is
    issued by these."""
    wanted = set(pairs)
    users = {user for _, user in wanted if user}
    clients = {client for client, user in wanted if user}
    people = _People(users, clients, now) if users else None
    if people is not None:
        people.edit(edits)
    nobody = Reading(installation=0)
    return {
        pair: people.reading(*pair) if people is not None and pair[1] else nobody for pair in wanted
    }


class _People:
    """What was found of all of them."""

    def __init__(self, users: set[str], clients: set[str], now: datetime) -> None:
        found = User.objects.filter(pk__in=users)
        self.rows = {row.pk: row for row in found}
        self.everyone = dict(
            Group.objects.filter(type=Group.Type.BUILT_IN).values_list("pk", "name")
        )
        self.memberships: dict[str, dict[str, tuple[int, str]]] = defaultdict(dict)
        members = GroupMembership.objects.filter(user__in=users)
        for pk, user, group, name in members.values_list("pk", "user", "group", "group__name"):
            self.memberships[user][group] = (pk, name)
        self.direct: dict[Pair, list[int | str]] = defaultdict(list)
        direct = _in_force(UserAssignment, now).filter(client__in=clients, user__in=users)
        for pk, client, user in direct.values_list("pk", "client", "user"):
            self.direct[client, user].append(pk)
        self.by_group: dict[str, list[tuple[int | str, str]]] = defaultdict(list)
        groups = _in_force(GroupAssignment, now).filter(client__in=clients)
        for pk, client, group in groups.values_list("pk", "client", "group"):
            self.by_group[client].append((pk, group))

    def edit(self, edits: Iterable[Edit]) -> None:
        """Assign somebody, or nobody any more, as a draft wants it."""
        for one in edits:
            client, is_new = one["client"], one["verb"] == ASSIGN
            if one["user"]:
                self.direct[client, one["user"]] = [NEW] if is_new else []
                continue
            others = [row for row in self.by_group[client] if row[1] != one["group"]]
            self.by_group[client] = [*others, *([(NEW, one["group"])] if is_new else [])]

    def reading(self, client: str, user: str) -> Reading:
        """Of one pair; without a user when there is no such row."""
        row = self.rows.get(user)
        if row is None:
            return Reading(installation=0)
        mine = self.memberships[user]
        paths = {f"u{pk}": "" for pk in self.direct[client, user]}
        for pk, group in self.by_group[client]:
            if group in self.everyone:
                paths[f"e{pk}"] = group
            elif group in mine:
                paths[f"g{pk}.{mine[group][0]}"] = group
        groups = {**self.everyone, **{group: name for group, (_, name) in mine.items()}}
        return Reading(
            installation=0,
            user=UserRow(*(getattr(row, name) for name in USER)),
            paths=frozenset(paths),
            path_groups={path: group for path, group in paths.items() if group},
            profile=_profile(row),
            groups=tuple(sorted(groups.items())),
        )


def _profile(row: User) -> ProfileRow:
    values: dict[str, Any] = {name: getattr(row, name) for name in PROFILE}
    return ProfileRow(**values, updated_at=row.last_updated.astimezone(UTC))


def _in_force(model: type[Model], now: datetime) -> QuerySet[Any]:
    begun = Q(valid_from=None) | Q(valid_from__lte=now)
    lasting = Q(valid_until=None) | Q(valid_until__gt=now)
    return model._default_manager.filter(begun, lasting)
