"""What a change would revoke (R15), counted before it is made."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from apps.clients.models import Client
from apps.clients.services.clients import REVOKING as CLIENT_REVOKING
from apps.directory.models import Group, User
from apps.management.configuration import schema
from apps.management.configuration.plan import CREATE, DELETE, ORDER, Change
from apps.policies.models import Policy, Rule
from apps.policies.services.rules import HARMLESS as RULE_HARMLESS
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.servers.services.servers import REVOKING as SERVER_REVOKING
from apps.tokens.blast import Count, Reach, Sample, Share, measure

ROWLESS: Final = "and JWTs of client_credentials, which have no rows"
NAMES: Final = 3  # of users and clients in a line
ASSIGNMENTS: Final = ("assignments.users", "assignments.groups")


@dataclass(frozen=True, slots=True)
class Radius:
    """What one change ends. `has_rowless`: JWTs may die, too, that nobody can count."""

    count: Count
    has_rowless: bool

    def lines(self) -> Iterator[str]:
        """How many of whom, then who loses most, then some of the tokens."""
        yield _total(self.count) + (f", {ROWLESS}" if self.has_rowless else "")
        if self.count.by_user:
            yield f"by user: {_shares(self.count.by_user, {}, self.count.users)}"
        if self.count.by_client:
            names = _client_ids(one.id for one in self.count.by_client)
            yield f"by client: {_shares(self.count.by_client, names, self.count.clients)}"
        yield from map(_sample, self.count.sample[:NAMES])


def radius_of(change: Change) -> Radius | None:
    """What dies; None when nothing does. Call it before the change is carried out."""
    if change.verb in (CREATE, ORDER):
        return None
    reaches = list(REACHES[change.kind.section](change))
    if not reaches:
        return None
    is_person = change.kind is schema.USERS or change.fields.keys() <= set(ASSIGNMENTS) != set()
    has_rowless = not (is_person or change.kind is schema.GROUPS)
    return Radius(measure(reaches, timezone.now()), has_rowless)


def _total(count: Count) -> str:
    text = f"{_number(count.grants, 'grant')} and {_number(count.tokens, 'opaque token')}"
    if count:
        text += f" of {_number(count.users, 'user')} and {_number(count.clients, 'client')}"
    return text + (
        f" at least (of each, {count.looked_at} were looked at)" if count.is_partial else ""
    )


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _client_ids(ids: Iterable[str]) -> dict[str, str]:
    """Clients as the configuration file names them."""
    return dict(Client.objects.filter(pk__in=list(ids)).values_list("pk", "client_id"))


def _shares(shares: Sequence[Share], names: Mapping[str, str], total: int) -> str:
    shown = ((names.get(one.id, one.name), one.grants + one.tokens) for one in shares[:NAMES])
    named = [f"{name} {number}" for name, number in shown]
    rest = total - len(named)
    return ", ".join([*named, f"{rest} more"] if rest else named)


def _sample(one: Sample) -> str:
    of = f"{one.user} for {one.client}" if one.user_id else one.client
    scopes = f" ({' '.join(one.scopes)})" if one.scopes else ""
    kind = "grant" if one.is_grant else "token"
    return f"such as {kind} {one.id} of {of}{scopes}, issued {one.issued:%Y-%m-%d %H:%M}"


def _group(change: Change) -> Iterable[Reach]:
    """Only with the group: the paths through it break."""
    group: Group = change.item.row
    if change.verb == DELETE and (paths := _group_paths(group)):
        clients = group.client_assignments.values_list("client_id", flat=True)
        yield Reach(clients=frozenset(clients), paths=paths)


def _group_paths(group: Group, user: User | None = None) -> tuple[str, ...]:
    """The paths through a group, or those of one user."""
    assignments = group.client_assignments.order_by("pk").values_list("pk", flat=True)
    member = ""
    if user is not None:
        found = user.memberships.filter(group=group).values_list("pk", flat=True).first()
        if found is None:
            return ()
        member = str(found)
    return tuple(f"g{pk}.{member}" for pk in assignments)


def _user(change: Change) -> Iterable[Reach]:
    user: User = (change.before or change.item).row
    before, after = change.fields.get("status", ("", ""))
    is_leaving = before == "ACTIVE" and after != "ACTIVE"
    if change.verb == DELETE or is_leaving:
        yield Reach(users=frozenset({user.pk}))
        return
    if "password" in change.fields:
        yield Reach(users=frozenset({user.pk}), needs_password=True)
    old, new = change.fields.get("groups", ((), ()))
    gone = Group.objects.filter(name__in=set(old) - set(new))
    paths = tuple(path for group in gone for path in _group_paths(group, user))
    if paths:
        yield Reach(users=frozenset({user.pk}), paths=paths)


def _token_policy(change: Change) -> Iterable[Reach]:
    row = (change.before or change.item).row
    servers = frozenset({ORGANIZATION_SERVER_ID})  # no other issues tokens under one (R19)
    clients = frozenset(row.clients.values_list("pk", flat=True))
    if clients:
        yield Reach(servers, clients, epochs=frozenset({row.epoch}))


def _client(change: Change) -> Iterable[Reach]:
    client: Client = (change.before or change.item).row
    columns = {m.name: m.column or m.name for m in schema.CLIENTS.members}
    changed = {columns[name] for name in change.fields} | (
        {"token_policy"} if "tokenPolicy" in change.fields else set()
    )
    is_stopped = change.fields.get("status", ("", ""))[1] == "INACTIVE"
    if change.verb == DELETE or is_stopped or changed & CLIENT_REVOKING:
        yield Reach(clients=frozenset({client.pk}))
        return
    if paths := tuple(_broken_assignments(client, change)):
        yield Reach(clients=frozenset({client.pk}), paths=paths)


def _broken_assignments(client: Client, change: Change) -> Iterable[str]:
    """Paths of assignments that end; of those with another time, which may end now, too."""
    for member in ASSIGNMENTS:
        before, after = change.fields.get(member, ((), ()))
        gone = {one.name for one in before if one not in after}
        if member == "assignments.users":
            users = client.user_assignments.filter(user__login__in=gone)
            yield from (f"u{pk}" for pk in users.values_list("pk", flat=True))
            continue
        for row in client.group_assignments.select_related("group"):
            name = "EVERYONE" if row.group.is_everyone else row.group.name
            if name in gone:
                yield f"e{row.pk}" if row.group.is_everyone else f"g{row.pk}."


def _server(change: Change) -> Iterable[Reach]:
    server_id = change.item.key[0]
    columns = {m.name: m.column for m in schema.SERVERS.members}
    is_stopped = change.fields.get("status", ("", ""))[1] == "INACTIVE"
    is_revoking = bool({columns[name] for name in change.fields} & SERVER_REVOKING)
    if change.verb == DELETE or is_stopped or is_revoking:
        yield Reach(servers=frozenset({server_id}))


def _scope(change: Change) -> Iterable[Reach]:
    if change.verb == DELETE:
        yield _inside(change, change.item.row.epoch)


def _policy(change: Change) -> Iterable[Reach]:
    row: Policy = (change.before or change.item).row
    is_stopped = change.fields.get("status", ("", ""))[1] == "INACTIVE"
    if change.verb == DELETE or is_stopped or "clients" in change.fields:
        yield _inside(change, row.epoch)


def _rule(change: Change) -> Iterable[Reach]:
    row: Rule = (change.before or change.item).row
    is_started = change.fields.get("status", ("", ""))[1] == "ACTIVE"
    harmless = RULE_HARMLESS | {"inlineHook"} | ({"status"} if is_started else set())
    if change.verb == DELETE or change.fields.keys() - harmless:
        yield _inside(change, row.epoch)


def _inside(change: Change, epoch: int) -> Reach:
    return Reach(servers=frozenset({change.parents[0].key[0]}), epochs=frozenset({epoch}))


def _nothing(change: Change) -> Iterable[Reach]:
    """No token stands on these."""
    return ()


REACHES: Final[dict[str, Callable[[Change], Iterable[Reach]]]] = {
    "installation": _nothing,
    "loginPolicies": _nothing,
    "inlineHooks": _nothing,
    "eventHooks": _nothing,
    "tests": _nothing,
    "groups": _group,
    "users": _user,
    "tokenPolicies": _token_policy,
    "clients": _client,
    "authorizationServers": _server,
    "scopes": _scope,
    "claims": _nothing,
    "policies": _policy,
    "rules": _rule,
}
