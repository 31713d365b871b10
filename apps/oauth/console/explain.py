"""A decision asked again: the same request, against the configuration and the people of now.

It is the function that decides (`evaluate`, by way of `explain`) over the facts that the token
endpoint reads, so what it says is what the endpoint would do.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from apps.clients.models import Client
from apps.clients.selectors import assignment_paths
from apps.directory.models import Group, User
from apps.oauth import runtime
from apps.oauth.console.names import named, names_of
from apps.oauth.facts import access_request
from apps.servers.models import AuthorizationServer
from apps.systemlog.models import LogEvent
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.store import NOTHING, Lookup
from authzsite.domain.access_request import AssignmentPath
from authzsite.domain.conditions import People
from authzsite.domain.explain import explain
from authzsite.domain.explanation import Explanation
from authzsite.domain.fragments import Fragment
from authzsite.domain.policy_types import PolicyBook
from authzsite.domain.trace import Check, PolicyTrace, RequestFacts, RuleTrace, Step
from authzsite.domain.vocabulary import EVERYONE


@dataclass(frozen=True, slots=True)
class Answer:
    """What the request would get now; or why it can't be asked any more."""

    explanation: Explanation | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    """What would refuse it before any policy is read."""


def explanation_of(event: LogEvent) -> Explanation | str | None:
    """The decision that an event holds, a complaint about it, or None where it holds none."""
    data = event.body.get("debugData") or {}
    trace = data.get("trace")
    return Explanation.from_dict(trace) if isinstance(trace, dict) else None


def ask_again(then: RequestFacts) -> Answer:
    """The request of `then` with the configuration and the user of now."""
    server = AuthorizationServer.objects.filter(pk=then.server_id).first()
    client = Client.objects.filter(pk=then.client_id).first()
    if server is None or client is None:
        gone = "authorization server" if server is None else "client"
        return Answer(problem=f"The {gone} doesn't exist any more.")
    user_id, now = then.user_id or "", datetime.now(UTC)
    lookup = Lookup(user=user_id, profile=True) if user_id else NOTHING
    reading = drive(DjangoStore().read(server.pk, client.client_id, lookup, now))
    if reading.server is None or reading.client is None:
        return Answer(problem="The server or the client is being deleted.")
    snapshot = runtime.server_snapshot(reading.server)
    request = access_request(
        snapshot,
        runtime.client_snapshot(reading.client),
        reading,
        grant_type=then.grant_type,
        requested=then.requested_scopes,
        now=now,
    )
    request = replace(request, assignment_paths=_paths(user_id, client, now))
    found = explain(snapshot.book, request, _people_names(snapshot.book, request.group_ids))
    return Answer(found, notes=tuple(_obstacles(server, client, then)))


def _paths(user_id: str, client: Client, now: datetime) -> tuple[AssignmentPath, ...] | None:
    """The assignment paths in force, with the names of their groups."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return None
    return tuple(path.fact for path in assignment_paths(user, client, now) if path.is_in_force)


def _obstacles(server: AuthorizationServer, client: Client, then: RequestFacts) -> list[str]:
    found = []
    if server.status != "ACTIVE":
        found.append("The authorization server is inactive: nobody reaches it.")
    if client.status != "ACTIVE":
        found.append("The client is inactive: it can't authenticate.")
    if then.grant_type not in client.grant_types:
        found.append(f"The client may not use {then.grant_type}.")
    return found


def _people_names(book: PolicyBook, groups: frozenset[str] | None) -> dict[str, str]:
    """Names of all groups and users that a rule or the request speaks of, in two statements."""
    people = [
        one
        for policy in book.policies
        for rule in policy.rules
        for one in rule.conditions
        if isinstance(one, People)
    ]
    group_ids = {pk for one in people for pk in one.include_groups | one.exclude_groups}
    user_ids = {pk for one in people for pk in one.include_users | one.exclude_users}
    wanted = (group_ids | (groups or frozenset())) - {EVERYONE}
    return {
        **dict(Group.objects.filter(pk__in=wanted).values_list("pk", "name")),
        **dict(User.objects.filter(pk__in=user_ids).values_list("pk", "login")),
    }


def with_names(found: Explanation) -> Explanation:
    """The explanation with names in its fragments, so that templates can link them."""
    names = names_of(_fragments(found))

    def text(parts: tuple[Fragment, ...]) -> tuple[Fragment, ...]:
        return tuple(named(parts, names))

    def check(one: Check) -> Check:
        return replace(one, fragments=text(one.fragments))

    def rule(one: RuleTrace) -> RuleTrace:
        return replace(one, checks=tuple(map(check, one.checks)))

    def policy(one: PolicyTrace) -> PolicyTrace:
        return replace(one, rules=tuple(map(rule, one.rules)))

    def step(one: Step) -> Step:
        return replace(one, refs=text(one.refs))

    miss = found.nearest_miss
    return replace(
        found,
        steps=tuple(map(step, found.steps)),
        policies=tuple(map(policy, found.policies)),
        nearest_miss=replace(miss, fails=tuple(map(check, miss.fails))) if miss else None,
    )


def _fragments(found: Explanation) -> list[Fragment]:
    checks = [check for policy in found.policies for rule in policy.rules for check in rule.checks]
    return [
        *(part for one in found.steps for part in one.refs),
        *(part for one in checks for part in one.fragments),
    ]
