"""Four eyes: a server may ask that a second person stands behind every change of it.

`rows.touch`, which every change of a server and its parts passes, refuses a change of such a server
unless it is carried out for a review that somebody else approves. What only ends tokens never needs
anybody. Whoever has a shell may switch it off: see `in_emergency`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from apps.systemlog.entries import Actor
from authzsite.domain.validation import Invalid, InvalidError

NEEDED: Final = "second_person_needed"  # the reason, in the log
WORDS: Final = (
    "asks for a second person behind every change: send it for review in the console, where "
    "somebody else may approve it"
)


class SecondPersonNeeded(InvalidError):
    """The server asks for a second person, and nobody stands behind the change."""

    def __init__(self, server_id: str) -> None:
        super().__init__(Invalid("server", WORDS))
        self.server_id = server_id


@dataclass(frozen=True, slots=True)
class Approval:
    """Two people behind changes of one server; without an approver it is an emergency."""

    server_id: str
    author: Actor
    approver: Actor | None
    review_id: str = ""

    @property
    def covers_two(self) -> bool:
        """Whether they are two."""
        return self.approver is None or bool(self.author.id) and self.author.id != self.approver.id

    @property
    def words(self) -> dict[str, Any]:
        """For `debugData` of each event of the change."""
        if self.approver is None:
            return {"secondPerson": "none: in an emergency"}
        author = self.author.alternate_id or self.author.display_name
        return {"authorId": self.author.id, "author": author, "reviewId": self.review_id}


_approval: ContextVar[Approval | None] = ContextVar("second_person_approval", default=None)
_noted: ContextVar[set[str] | None] = ContextVar("second_person_noted", default=None)


@contextmanager
def approved(approval: Approval) -> Iterator[None]:
    """Inside, changes of the approval's server are made: for services of reviews alone."""
    token = _approval.set(approval)
    try:
        yield
    finally:
        _approval.reset(token)


@contextmanager
def in_emergency(server_id: str, actor: Actor) -> Iterator[None]:
    """Inside, changes of the server are made by one alone, and the log tells."""
    with approved(Approval(server_id, actor, None)):
        yield


@contextmanager
def noted() -> Iterator[set[str]]:
    """To look at a change that is taken back if it needs somebody: inside it is made, and the
    servers that ask for a second person are told."""
    servers: set[str] = set()
    token = _noted.set(servers)
    try:
        yield servers
    finally:
        _noted.reset(token)


def check(server_id: str, is_asked_for: bool) -> None:
    """Raises SecondPersonNeeded for a change that nobody else stands behind."""
    if not is_asked_for:
        return
    approval = _approval.get()
    if approval is not None and approval.server_id == server_id and approval.covers_two:
        return
    seen = _noted.get()
    if seen is None:
        raise SecondPersonNeeded(server_id)
    seen.add(server_id)


def words_of(server_id: str) -> dict[str, Any]:
    """Who stands behind a change of the server beside the actor, for its events."""
    approval = _approval.get()
    return approval.words if approval is not None and approval.server_id == server_id else {}
