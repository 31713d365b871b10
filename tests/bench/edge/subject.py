"""What is measured: a running server, its requests, and the tokens that they spend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.bench.edge.generator import Request

OPAQUE: Final = "client_credentials, opaque"
ES256: Final = "client_credentials, ES256"
RS256: Final = "client_credentials, RS256"
REFRESH: Final = "refresh with rotation"
INTROSPECT: Final = "introspection, opaque"
INTROSPECT_JWT: Final = "introspection, JWT"
REVOKE: Final = "revocation"
KEYS: Final = "JWKS"
OPERATIONS: Final = (OPAQUE, ES256, RS256, REFRESH, INTROSPECT, INTROSPECT_JWT, REVOKE, KEYS)


@dataclass(frozen=True, slots=True)
class Need:
    """How many tokens of each kind a subject has to have at hand, when it surely answers fewer
    than `most` requests a second."""

    refresh: int
    revoke: int
    introspect: int = 500
    most: int = 10_000


class Supply:
    """A list of tokens. Those that are spent are handed out once; the others again and again."""

    def __init__(self, items: Sequence[str]) -> None:
        self.items = items
        self.place = 0

    def take(self, count: int) -> Sequence[str]:
        """The next ones, fewer at the end."""
        taken = self.items[self.place : self.place + count]
        self.place += len(taken)
        return taken


@dataclass
class Subject:
    """A server that runs. `database` are the process ids of what stores for it (apart from its own
    processes), `url` where PostgreSQL counts its statements."""

    title: str
    port: int
    server: int
    requests: Mapping[str, Request]
    supplies: dict[str, Supply]
    database: tuple[int, ...] = ()
    url: str = ""
    host: str = ""
    most: int = 10_000
    """As in `Need`."""
    connections: Sequence[int] | None = None
    """Instead of the plan's."""
    facts: dict[str, Any] = field(default_factory=dict)


def read_supplies(folder: Path) -> dict[str, Supply]:
    """The lists that a subject's seed has written."""
    names = ("refresh", "revoke", "introspect")
    return {name: Supply((folder / name).read_text().splitlines()) for name in names}


def token_requests(path: str, credentials: tuple[str, str], *, more: str = "") -> Request:
    """client_credentials for the scope that all subjects have."""
    form = "grant_type=client_credentials&scope=orders%3Aread" + more
    return Request(path, form, credentials)


def spending(
    token: str, revoke: str, *, owner: tuple[str, str], refresher: tuple[str, str]
) -> dict[str, Request]:
    """The requests that use up a token each."""
    form = "grant_type=refresh_token&refresh_token="
    return {
        REFRESH: Request(token, form, refresher, "chain", "refresh"),
        REVOKE: Request(revoke, "token_type_hint=access_token&token=", owner, "once", "revoke"),
    }


def asking(path: str, credentials: tuple[str, str], supply: str = "introspect") -> Request:
    """Introspection of one token after another of a list."""
    return Request(path, "token_type_hint=access_token&token=", credentials, "cycle", supply)
