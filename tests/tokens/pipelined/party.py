"""Who asks in the corpus, where, and what is a good request there."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from tests.tokens.pipelined.wire import Wire

FORM = ("content-type", "application/x-www-form-urlencoded")
ORIGIN = "https://app.example.com"
Named = tuple[str, Wire]


@dataclass(frozen=True)
class Party:
    """Who asks, and where: the addresses of one dialect."""

    token: str
    introspect: str
    revoke: str
    documents: tuple[str, ...]
    client: str
    secret: str
    scope: str
    access: str
    is_handed_over: bool = False  # all of it, so that one address says as much as three

    @property
    def posts(self) -> tuple[str, ...]:
        return (self.token,) if self.is_handed_over else (self.token, self.introspect)

    @property
    def basic(self) -> tuple[str, str]:
        pair = f"{quote(self.client)}:{quote(self.secret)}"
        return "authorization", f"Basic {b64encode(pair.encode()).decode()}"

    def form(self, path: str) -> bytes:
        """What is asked well there."""
        if path == self.token:
            return f"grant_type=client_credentials&scope={quote(self.scope)}".encode()
        return f"token={self.access}".encode()

    def well(self, path: str, *headers: tuple[str, str]) -> Wire:
        """A request that is answered well."""
        if path in self.documents:
            return Wire("GET", path.encode(), headers)
        return Wire("POST", path.encode(), (self.basic, FORM, *headers), self.form(path))

    def stranger(self, path: str, body: bytes, *headers: tuple[str, str]) -> Wire:
        """A form of somebody who says in it who they are, if at all."""
        return Wire("POST", path.encode(), (FORM, *headers), body)


def each(party: Party) -> Iterator[tuple[str, Wire]]:
    """A good request to each address."""
    for path in (*party.posts, *party.documents):
        yield path, party.well(path)
