"""Walking everything that a revocation may have ended, in the order of an index: no statement reads
more than its batch, however many tokens there are.

A walk is a row of legs, each one stretch of one index (all grants of a client, …). How far the
place reached is on its leg needs no count: keys are random, so their place among all possible keys
tells.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Max

from apps.systemlog.ids import ALPHABET
from apps.tokens.models import AccessToken, Grant

Row = Grant | AccessToken
Scope = Mapping[str, Any]  # of the job: the ids that select the tokens
COLUMNS: Final = ("server_id", "client_id", "user_id", "vector", "revoked_at")
TABLES: Final[tuple[tuple[type[Row], tuple[str, ...]], ...]] = (
    (Grant, ("created", "code_consumed_at")),
    (AccessToken, ("issued_at", "grant_id")),
)
ALSO: Final = dict(TABLES)
PREFIX: Final = {Grant: 3, AccessToken: 0}  # what all keys begin with
DIGITS: Final = {Grant: ALPHABET, AccessToken: "0123456789abcdef"}
DEPTH: Final = 3  # characters of a key that tell a thousandth


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many rows of a leg, up to the key `last`, and those of them that live."""

    seen: int = 0
    last: str = ""
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """The rows of `table` with this value in this column; without a column, all."""

    table: type[Row]
    column: str
    value: str

    def read(self, after: str, limit: int) -> Stretch:
        """The next rows. Dead ones count, or a statement would look at more than `limit`; but they
        stay in the database, for most of what an old server has is dead."""
        where = {self.column: self.value} if self.column else {}
        rows = self.table._default_manager.filter(pk__gt=after, **where)
        end = rows.order_by("pk").values("pk")[:limit].aggregate(last=Max("pk"), seen=Count("pk"))
        if not end["seen"]:
            return Stretch()
        living = rows.filter(pk__lte=end["last"], revoked_at=None)
        return Stretch(end["seen"], end["last"], list(living.only(*COLUMNS, *ALSO[self.table])))


@dataclass(frozen=True)
class Place:
    """Behind the key `after` of leg number `leg`. Its text is the job's cursor."""

    leg: int = 0
    after: str = ""

    @classmethod
    def read(cls, cursor: str) -> "Place":
        """From the text; an empty one is the beginning."""
        leg, _, after = cursor.partition(" ")
        return cls(int(leg or 0), after)

    def __str__(self) -> str:
        return f"{self.leg} {self.after}"


class Walk:
    """All legs of a job."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @cached_property
    def legs(self) -> tuple[Leg, ...]:
        """The narrowest column there is; the rest of the scope is compared row by row."""
        return tuple(
            Leg(table, column, value)
            for table, _ in TABLES
            for column, value in _stretches(self.scope)
        )

    def read(self, place: Place, limit: int) -> tuple[Place, Stretch]:
        """The next rows, all of one leg, and the place behind them; none when there are no more."""
        for number in range(place.leg, len(self.legs)):
            after = place.after if number == place.leg else ""
            if (found := self.legs[number].read(after, limit)).seen:
                is_last = found.seen < limit
                return Place(number + 1) if is_last else Place(number, found.last), found
        return Place(len(self.legs)), Stretch()

    def is_over(self, place: Place) -> bool:
        """Whether nothing is left behind this place."""
        return place.leg >= len(self.legs)

    def covers(self, row: Row) -> bool:
        """Whether all of the scope's ids are the row's."""
        clients = self.scope.get("clients")
        return (
            self.scope.get("server") in (None, "", row.server_id)
            and self.scope.get("client") in (None, "", row.client_id)
            and self.scope.get("user") in (None, "", row.user_id)
            and (not clients or row.client_id in clients)
        )

    def progress(self, place: Place) -> int:
        """How far, in thousandths; an estimate that is short of the end until the end."""
        if self.is_over(place):
            return 1000
        done = place.leg + key_position(self.legs[place.leg].table, place.after)
        return min(999, int(1000 * done / len(self.legs)))


def _stretches(scope: Scope) -> Iterator[tuple[str, str]]:
    if scope.get("user"):
        yield "user_id", scope["user"]
    elif scope.get("clients"):
        yield from (("client_id", client) for client in sorted(set(scope["clients"])))
    elif scope.get("client"):
        yield "client_id", scope["client"]
    elif scope.get("server"):
        yield "server_id", scope["server"]
    else:
        yield "", ""


def key_position(table: type[Row], key: str) -> float:
    """Where the key stands among all keys of the table: 0 at the beginning, towards 1."""
    position, width = 0.0, 1.0
    start = PREFIX[table]
    ranks = _ranks(DIGITS[table])
    for character in key[start : start + DEPTH]:
        low, share = ranks.get(character, (0.0, 0.0))
        position += width * low
        width *= share
    return position


@cache
def _ranks(alphabet: str) -> dict[str, tuple[float, float]]:
    """Each character's place among those of the alphabet, and its share of them, as the database
    orders them. Where case decides only between equal words, both cases share one place."""
    order, is_folding = _collation()
    places: dict[str, list[str]] = {}
    for character in order:
        if character in alphabet:
            places.setdefault(character.lower() if is_folding else character, []).append(character)
    ranks, seen = {}, 0
    for characters in places.values():
        for character in characters:
            ranks[character] = seen / len(alphabet), len(characters) / len(alphabet)
        seen += len(characters)
    return ranks


@cache
def _collation() -> tuple[tuple[str, ...], bool]:
    """The alphabet in the database's order, and whether that looks at case last. Asked once."""
    words = (*ALPHABET, "aA", "Ab", "Aa", "aB")
    selects = " UNION ALL ".join(["SELECT %s AS word"] * len(words))
    with connection.cursor() as cursor:
        cursor.execute(f"{selects} ORDER BY word", words)
        order = [word for (word,) in cursor.fetchall()]
    place = order.index
    is_folding = place("aA") < place("Ab") and place("Aa") < place("aB")
    return tuple(word for word in order if len(word) == 1), is_folding
