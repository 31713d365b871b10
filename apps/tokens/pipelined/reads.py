"""Many look-ups of one kind as one statement: the other edge's SELECT, joined to a list of what is
asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from apps.tokens import statements
from apps.tokens.statements import kind_of
from apps.tokens.store import Lookup

ASKED: Final = {
    "server": "text",
    "client": "text",
    "key": "text",
    "jti": "text",
    "now": "timestamptz",
}
TIMELESS: Final = frozenset({"", "owner"})  # kinds whose answer doesn't depend on `now`


@dataclass(frozen=True, slots=True)
class Question:
    """One look-up. Equal ones have one answer."""

    server: str
    client: str
    key: str
    jti: str
    now: datetime | None


def question_of(server_id: str, client_id: str, lookup: Lookup, now: datetime) -> Question:
    """What `Store.read` is asked, as values of the statement of its kind."""
    kind = kind_of(lookup)
    key = getattr(lookup, kind.partition("+")[0]) if kind else ""
    return Question(server_id, client_id, key, lookup.jti, None if kind in TIMELESS else now)


@cache
def batch_statement(kind: str, *, cutoffs: bool) -> tuple[str, tuple[str, ...]]:
    """The statement, whose rows begin with the number of their question, and its sections."""
    single, sections = statements.select_statement(kind, "postgresql", cutoffs=cutoffs)
    for name in ASKED:
        single = single.replace(f"%({name})s", f"q.{name}")
    columns, _, rest = single.removeprefix("SELECT ").partition("\nFROM servers_installation i")
    arrays = ", ".join(f"%({name})s::{kind}[]" for name, kind in ASKED.items())
    asked = f"unnest({arrays}) WITH ORDINALITY AS q({', '.join(ASKED)}, n)"
    return f"SELECT q.n, {columns} FROM {asked} CROSS JOIN servers_installation i{rest}", sections


def batch_values(questions: Sequence[Question]) -> dict[str, list[Any]]:
    """The arrays of the statement."""
    return {name: [getattr(one, name) for one in questions] for name in ASKED}
