"""What every step of carrying out shares: who acts, rows by name, mistakes by line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import DataError, transaction

from apps.clients.models import Client, LoginPolicy, TokenPolicy
from apps.directory.models import Group, User
from apps.directory.selectors import everyone
from apps.management.configuration.items import Item
from apps.management.configuration.names import ClientNames
from apps.management.configuration.plan import CREATE, Change
from apps.management.configuration.problems import Problem
from apps.management.configuration.schema import CLIENTS
from apps.management.configuration.stored_secrets import AUTH_VALUE, OF_STORE_OWNER
from apps.management.configuration.values import Secret
from apps.policies.models import ALL_CLIENTS, Policy, Rule
from apps.systemlog.entries import Actor
from authzsite.domain.validation import InvalidError
from authzsite.domain.vocabulary import EVERYONE

CONFIGURATION = Actor(
    "configuration", "SystemPrincipal", "configuration@authzsite", "Configuration file"
)
# Names that services use for members of several fields.
MEMBERS = {
    "client_secret": "secret",
    "user": "assignments.users",
    "valid_until": "assignments",
    "event_types": "events",
    "auth_value": AUTH_VALUE,
    "owner_secret": OF_STORE_OWNER,
}


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A generated secret or password: shown once, kept nowhere."""

    noun: str  # client, user, …
    name: str
    text: str = field(repr=False)
    word: str = "secret"


@dataclass(slots=True)
class Carrier:
    """One run."""

    clients: ClientNames
    actor: Actor = CONFIGURATION
    problems: list[Problem] = field(default_factory=list)
    secrets: list[NewSecret] = field(default_factory=list)

    def attempt(self, change: Change, work: Callable[["Carrier", Change], None]) -> None:
        """Do it; a refusal becomes problems. What needs something refused is skipped."""
        try:
            with transaction.atomic():
                work(self, change)
        except InvalidError as error:
            self._forget(change)
            self.problems += problems_of(change.item, error)
        except DataError:  # longer than the database has room for, whatever the services think
            self._forget(change)
            message = "holds a value that the database can't store"
            self.problems.append(Problem(change.item.line, change.item.path, message))
        except ObjectDoesNotExist as error:
            self._forget(change)
            if not self.problems:
                item = change.item
                self.problems.append(
                    Problem(item.line, item.path, f"needs what isn't there: {error}")
                )

    def _forget(self, change: Change) -> None:
        """A client that could not be made has no row after all."""
        if change.verb == CREATE and change.kind is CLIENTS:
            self.clients.row_ids.pop(change.item.key[0], None)

    def group(self, name: str) -> Group:
        """A group by name; EVERYONE is the built-in one."""
        return everyone() if name == EVERYONE else Group.objects.get(name=name)

    def user(self, login: str) -> User:
        """A user by login."""
        return User.objects.get(login=login)

    def client(self, name: str) -> Client:
        """A client by the spelling of differences."""
        return Client.objects.get(pk=self.clients.row_ids.get(name, name))

    def token_policy(self, title: str | None) -> TokenPolicy | None:
        """A token policy by title."""
        return TokenPolicy.objects.get(title=title) if title else None

    def login_policy(self, title: str | None) -> LoginPolicy | None:
        """A login policy by title."""
        return LoginPolicy.objects.get(title=title) if title else None

    def group_ids(self, names: Iterable[str]) -> list[str]:
        """Row ids of groups."""
        return [self.group(name).pk for name in names]

    def secret(self, item: Item, member: str, noun: str) -> str:
        """The secret that the file refers to, or a generated one, which is shown at the end."""
        given = item.values.get(member)
        text = given.read() if isinstance(given, Secret) else None
        if text is None:
            text = token_urlsafe(32)
            self.secrets.append(NewSecret(noun, item.name, text))
        return text

    def policy(self, parents: tuple[Item, ...]) -> Policy:
        """The policy that a rule is in."""
        server, policy = parents
        return Policy.objects.get(server=server.key[0], name=policy.key[0])

    def rule(self, change: Change) -> Rule:
        """A rule by the names above it."""
        return Rule.objects.get(policy=self.policy(change.parents), name=change.item.key[0])

    def client_ids(self, names: Iterable[str]) -> list[str]:
        """Row ids of clients, or ALL_CLIENTS."""
        return [name if name == ALL_CLIENTS else self.client(name).pk for name in names]


def problems_of(item: Item, error: InvalidError) -> list[Problem]:
    """The refusal, with the lines of the members that it is about.

    A value that couldn't be read is missing now: only what is said of the others is news.
    """
    columns = {m.column: m.name for m in item.kind.members if m.column}
    found = []
    for problem in error.problems:
        name = MEMBERS.get(problem.field) or columns.get(problem.field, problem.field)
        if name in item.broken or (item.broken and name not in item.lines):
            continue
        path = f"{item.path}.{name}" if item.kind.member(name) else item.path
        text = problem.message if item.kind.member(name) else f"{problem.field} {problem.message}"
        found.append(Problem(item.line_of(name), path, text))
    return found


def columns(item: Item, names: Iterable[str]) -> dict[str, Any]:
    """The arguments of a service: field → value, lists as the rows hold them."""
    given: Mapping[str, Any] = item.values
    members = ((one, given[one.name]) for one in item.kind.members if one.name in given)
    wanted = set(names)
    return {
        one.column: list(value) if isinstance(value, tuple) else value
        for one, value in members
        if one.column and one.name in wanted
    }
