"""The tokens that are still looked at: recent ones, dead and alive, in bounded memory."""

import random
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from apps.servers.models import AuthorizationServer
from tests.history.latch import Token
from tests.history.world import Party, Person

T = TypeVar("T")
TOKENS: Final = 3000
FAMILIES: Final = 800
SUSPECTS: Final = 600
RECENT: Final = 600


@dataclass(slots=True, eq=False)
class Family:
    """A grant as its client knows it. `standing` is a token without text: what every token of the
    family stands on, looked at whenever it is refreshed."""

    thing: str
    server: AuthorizationServer
    party: Party
    person: Person
    scopes: str
    code: str = field(repr=False)
    id_token: str = field(repr=False)
    standing: Token
    refresh: Token | None = None
    replaced: str = field(default="", repr=False)  # an older refresh token
    uncertain_since: float = 0.0  # 0: the answer to the last refresh arrived
    is_over: bool = False  # nobody refreshes it any more
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a token is."""

    server: AuthorizationServer
    party: Party
    family: Family | None = None


class Pool:
    """Shared by all threads; a deque's own operations are safe."""

    def __init__(self) -> None:
        self.tokens: deque[Token] = deque(maxlen=TOKENS)
        self.families: deque[Family] = deque(maxlen=FAMILIES)
        self.suspects: deque[Token] = deque(maxlen=SUSPECTS)

    def recent(self, chance: random.Random) -> Token | None:
        """A token, the younger the likelier."""
        return self._pick(self.tokens, chance)

    def family(self, chance: random.Random) -> Family | None:
        """A family that can be refreshed, the younger the likelier."""
        for _ in range(8):
            family = self._pick(self.families, chance)
            if family is None or (family.refresh is not None and not family.is_over):
                return family
        return None

    @staticmethod
    def _pick(found: deque[T], chance: random.Random) -> T | None:
        size = len(found)
        place = int(size * chance.random() ** 3)  # 0 = youngest
        try:
            return found[-1 - place] if size else None
        except IndexError:  # another thread was quicker
            return None

    def affected(self, things: Iterable[str], most: int) -> list[Token]:
        """Recent tokens that stand on all of these things."""
        wanted, found = frozenset(things), []
        for token in list(self.tokens)[: -RECENT - 1 : -1]:
            if token.has(wanted):
                found.append(token)
                if len(found) == most:
                    break
        return found

    def suspect(self) -> Token | None:
        """One that has to be looked at soon."""
        try:
            return self.suspects.popleft()
        except IndexError:
            return None

    def remembered(self) -> list[Token]:
        """Everything that may be looked at again."""
        standing = [family.standing for family in list(self.families)]
        return [*list(self.tokens), *standing]
