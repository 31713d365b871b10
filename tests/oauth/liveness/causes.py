"""The table of R15: each change, and which tokens it ends. What isn't named lives on.

A change is a function of the scene; `undo` puts the object back, which must revive nothing (R16).
Codes outlive a change of policies, rules and scopes (R17).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.oauth.liveness.scene import Scene

Change = Callable[[Scene], object]

NOTHING: Final = frozenset[str]()
OF_USER: Final = frozenset({"code", "refresh", "access", "elsewhere"})
OF_CLIENT: Final = OF_USER | {"own"}
OF_SERVER: Final = frozenset({"code", "refresh", "access", "own", "neighbour"})
OF_POLICY: Final = frozenset({"refresh", "access", "own"})  # not the code: R17
OF_KEY: Final = frozenset({"access", "own"})  # where they are JWTs
ALL: Final = OF_SERVER | OF_CLIENT


@dataclass(frozen=True)
class Cause:
    """One line of the table. `row` is the line of the security cases that asks for it."""

    name: str
    dead: frozenset[str]
    change: Change
    undo: Change | None = None
    services: tuple[str, ...] = ()  # names of the services that the line proves
    row: int = 157
    paths: tuple[str, ...] = ("direct",)
    password_counts: bool = True
    prepare: Change | None = None  # before the tokens are issued
    only_jwt: bool = False

    @property
    def title(self) -> str:
        return f"{self.row} {self.name}"

    def dead_in(self, token_format: str) -> frozenset[str]:
        """The tokens that die where access tokens have this format."""
        return self.dead if token_format == "jwt" or not self.only_jwt else NOTHING


def in_turn(*changes: Change) -> Change:
    """One after the other."""
    return lambda scene: [change(scene) for change in changes]


def services_of(causes: tuple[Cause, ...]) -> set[str]:
    """The services that these lines prove."""
    return {name for cause in causes for name in cause.services}
