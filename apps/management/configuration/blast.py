"""What a change would revoke (R15), counted before it is made."""

from collections.abc import Callable, Iterable
from typing import Final

from django.utils import timezone

from apps.clients.models import Client
from apps.clients.services.clients import REVOKING as CLIENT_REVOKING
from apps.directory.models import Group, User
from apps.management.configuration import schema
from apps.management.configuration.plan import CREATE, DELETE, ORDER, Change
from apps.policies.models import Policy, Rule
from apps.policies.services.rules import HARMLESS as RULE_HARMLESS
from apps.servers.services.servers import REVOKING as SERVER_REVOKING
from apps.tokens.selectors import COUNT_LIMIT, Count, Reach, count_grants

ROWLESS: Final = "and JWTs of client_credentials, which have no rows"


def reach_of(change: Change) -> str | None:
    """What dies, in words; None when nothing does. Call it before the change is carried out."""
    if change.verb in (CREATE, ORDER):
        return None
    reaches = list(REACHES[change.kind.section](change))
    if not reaches:
        return None
    counts = [count_grants(reach, timezone.now()) for reach in reaches]
    is_person = change.kind is schema.USERS or change.fields.keys() <= set(ASSIGNMENTS) != set()
    has_rowless = not (is_person or change.kind is schema.GROUPS)
    return _words(counts) + (f", {ROWLESS}" if has_rowless else "")


ASSIGNMENTS: Final = ("assignments.users", "assignments.groups")


def _words(counts: Iterable[Count]) -> str:
    total, users, clients, is_partial = Count(), set[str](), set[str](), False
    for count in counts:
        total.grants += count.grants
        total.tokens += count.tokens
        users |= count.by_user.keys()
        clients |= count.by_client.keys()
        is_partial |= count.is_partial
    text = f"{_number(total.grants, 'grant')} and {_number(total.tokens, 'opaque token')}"
    if users or clients:
        text += f" of {_number(len(users), 'user')} and {_number(len(clients), 'client')}"
        text += _sample(users, clients)
    return text + (f" (only the first {COUNT_LIMIT} of each were counted)" if is_partial else "")


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _sample(users: set[str], clients: set[str]) -> str:
    logins = User.objects.filter(pk__in=sorted(users)[:3]).values_list("login", flat=True)
    names = Client.objects.filter(pk__in=sorted(clients)[:3]).values_list("client_id", flat=True)
    return f" ({', '.join([*sorted(logins), *sorted(names)])}{' …' if len(users) > 3 else ''})"


def _group(change: Change) -> Iterable[Reach]:
    """Only with the group: the paths through it break."""
    group: Group = change.item.row
    if change.verb == DELETE and (paths := _group_paths(group)):
        yield Reach(paths=paths)


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
    yield Reach(epoch=row.epoch)


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
    harmless = RULE_HARMLESS | ({"status"} if is_started else set())
    if change.verb == DELETE or change.fields.keys() - harmless:
        yield _inside(change, row.epoch)


def _inside(change: Change, epoch: int) -> Reach:
    return Reach(servers=frozenset({change.parents[0].key[0]}), epoch=epoch)


REACHES: Final[dict[str, Callable[[Change], Iterable[Reach]]]] = {
    "groups": _group,
    "users": _user,
    "tokenPolicies": _token_policy,
    "clients": _client,
    "authorizationServers": _server,
    "scopes": _scope,
    "claims": lambda change: (),
    "policies": _policy,
    "rules": _rule,
}
