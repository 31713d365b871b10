"""A draft laid over the world as it is: other policies, other scopes, other assignments.

Nothing is written to look: the rows of today are read as they are, and what the draft changes of
them is changed in memory. What a save would do to the same requests is the same: a test compares.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from apps.clients.models import UserAssignment
from apps.oauth.simulation.cases import book_of
from apps.oauth.simulation.people import readings_of
from apps.oauth.simulation.recorded import About, LiveGrant, Request
from apps.oauth.simulation.worlds import World
from apps.policies.drafts import Draft, compile_drafts, present_policies
from apps.policies.models import Policy as PolicyRow
from apps.policies.models import WhatIfRun
from apps.policies.services.draft_edits import (
    ADD,
    DEFAULT,
    REMOVE,
    RENAME,
    UNASSIGN,
    Assignment,
    Edit,
    assignments_of,
    check_edits,
    of_people,
    of_scopes,
)
from apps.servers.models import AuthorizationServer
from authzsite.domain.policy import Policy, PolicyBook
from authzsite.domain.policy_types import ScopeFact
from authzsite.domain.whatif import surviving_rules


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a draft makes of a server, and of who is assigned to its clients; or, without a server,
    of who is assigned to one client."""

    server: AuthorizationServer | None
    policies: tuple[Policy, ...] = ()
    edits: Sequence[Edit] = ()
    client_id: str = ""

    @property
    def about(self) -> About:
        """Whose requests and grants it is tried on."""
        return About(self.server.pk if self.server else "", self.client_id)

    def completed(self, before: World) -> World:
        """With the server's own book, though nobody has asked it anything."""
        if self.server is None or self.server.pk in before.books:
            return before
        return replace(before, books={**before.books, self.server.pk: book_of(self.server)})

    def after(self, before: World, requests: Iterable[Request]) -> World:
        """The world in which the draft is in force; `before` is a completed one."""
        books = dict(before.books)
        if self.server is not None:
            books[self.server.pk] = self.book(books[self.server.pk])
        people = of_people(self.edits)
        if not people:
            return replace(before, books=books)
        pairs = {(one.client, one.user) for one in requests}
        return replace(before, books=books, readings=readings_of(pairs, before.now, people))

    def book(self, before: PolicyBook) -> PolicyBook:
        """What evaluation reads of the server then."""
        scopes, names = dict(before.scopes), self._names()
        for one in of_scopes(self.edits):
            known = one.get("scope", "")
            made = _scope(one, scopes.pop(names[known], None) if known in names else None)
            if made is not None:
                scopes[made.name] = made
                names |= {known: made.name} if known else {}
        return replace(before, policies=self.policies, scopes=MappingProxyType(scopes))

    def ends(self, before: World) -> "Ends":
        """What dies when it comes into force."""
        broken = tuple(_broken(self.edits))
        if self.server is None:
            return Ends(None, frozenset(), broken)
        names = self._names()
        verbs = (REMOVE, RENAME)
        gone = {names[one["scope"]] for one in self.edits if one["verb"] in verbs}
        book = before.books[self.server.pk]
        return Ends(surviving_rules(book, self.book(book)), frozenset(gone), broken)

    def _names(self) -> dict[str, str]:
        if self.server is None or not of_scopes(self.edits):
            return {}
        return dict(self.server.scopes.values_list("pk", "name"))


@dataclass(frozen=True, slots=True)
class Ends:
    """What of a grant a draft leaves standing (R15): rules by policy and rule (None: all of them),
    not these scopes nor these paths of assignment (one that ends with a dot stands for all that
    begin so)."""

    surviving: frozenset[tuple[str, str]] | None
    scopes: frozenset[str]
    paths: tuple[str, ...]

    def ends(self, grant: LiveGrant) -> bool:
        """Whether the grant would end, whether or not it could be had again."""
        rule = (grant.policy_id, grant.rule_id)
        if self.surviving is not None and rule not in self.surviving:
            return True
        if self.scopes.intersection(grant.request.scopes or ()):
            return True
        return bool(grant.paths) and all(self._is_broken(path) for path in grant.paths)

    def _is_broken(self, path: str) -> bool:
        return any(path == one or one.endswith(".") and path.startswith(one) for one in self.paths)


def drafted(run: WhatIfRun) -> Drafted:
    """What the run's draft says. Raises InvalidError where it fits no more."""
    if run.server is None:
        check_edits(None, run.edits, run.client_id)
        return Drafted(None, edits=tuple(run.edits), client_id=run.client_id or "")
    return draft_of(run.server, run.proposal, run.edits, present_policies(run.server))


def draft_of(
    server: AuthorizationServer,
    policies: Sequence[Draft],
    edits: Sequence[Edit],
    present: Sequence[PolicyRow],
) -> Drafted:
    """These policies, and these changes, of the server whose `present` policies are those.
    InvalidError for what could not be saved, with its place."""
    check_edits(server, edits)
    return Drafted(server, compile_drafts(server, policies, present), tuple(edits))


def _scope(edit: Edit, old: ScopeFact | None) -> ScopeFact | None:
    """The scope as the edit leaves it; None for one that is removed."""
    verb = edit["verb"]
    if verb == ADD:
        return ScopeFact(edit["name"], 0, edit["is_default"])
    if old is None or verb == REMOVE:
        return None
    if verb == RENAME:
        return replace(old, name=edit["name"])
    return replace(old, is_default=verb == DEFAULT)


def _broken(changes: Iterable[Edit]) -> list[str]:
    """The paths that end with assignments, as grants record them."""
    gone = [one for one in changes if one["verb"] == UNASSIGN]
    present = assignments_of(gone)
    wanted = {(one["client"], one["user"] or one["group"]) for one in gone}
    return [_path(row) for key, row in present.items() if key in wanted]


def _path(row: Assignment) -> str:
    if isinstance(row, UserAssignment):
        return f"u{row.pk}"
    return f"e{row.pk}" if row.group.is_everyone else f"g{row.pk}."
