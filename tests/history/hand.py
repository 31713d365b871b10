"""One thread's means, and what every operation of clients shares."""

from base64 import urlsafe_b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from json import loads
from random import Random
from typing import Any, Final, TypeVar

from apps.servers.models import AuthorizationServer
from authzsite.domain.tokens import Kind, digest
from tests.history.checker import Bounds
from tests.history.latch import Interval, Token
from tests.history.ledger import Ledger
from tests.history.pool import Family, Holder, Pool
from tests.history.wire import Reply, Wire
from tests.history.world import Party, World

T = TypeVar("T")
REFUSED: Final = (400, 401, 403, 404)


@dataclass(slots=True)
class Hand:
    """One thread's means."""

    world: World
    ledger: Ledger
    pool: Pool
    wire: Wire
    chance: Random
    drops: float = 0.0  # share of requests that are abandoned half-way (F32)

    def server(self) -> AuthorizationServer:
        """One that issues JWTs as often as one that doesn't."""
        half = self.chance.randint(0, 1)
        return self.zipf(self.world.servers[half::2])

    def zipf(self, things: list[T]) -> T:
        """The first ones often."""
        weights = list(accumulate(1 / (n + 1) for n in range(len(things))))
        return self.chance.choices(things, cum_weights=weights)[0]


def births(things: Iterable[str], when: Interval) -> dict[str, Interval]:
    """All born in the same operation."""
    return dict.fromkeys(things, when)


def post(
    hand: Hand, server: AuthorizationServer, endpoint: str, form: dict[str, str], party: Party
) -> Reply:
    """A request of a client; a few are abandoned, as networks do."""
    path = f"/oauth2/{server.pk}/v1/{endpoint}"
    if hand.drops and hand.chance.random() < hand.drops:
        is_whole = hand.chance.random() < 0.7
        raise hand.wire.abandon(path, form, party.authorization, is_whole=is_whole)
    return hand.wire.post(path, form, party.authorization)


def check_refusal(hand: Hand, what: str, things: set[str], reply: Reply) -> None:
    """Something of it has to be closed."""
    if reply.status not in REFUSED:
        hand.ledger.fail(f"{what}: unexpected status {reply.status} {reply.body[:200]!r}")
        return
    hand.ledger.refuse(f"{what}: {reply.status} {reply.error}", things, reply.when)


def refused(hand: Hand, what: str, token: Token, reply: Reply) -> None:
    """`invalid_grant` says that the token is dead; other refusals speak of client or server."""
    if (reply.status, reply.error) == (400, "invalid_grant"):
        hand.ledger.observe(token, False, reply.when)
    else:
        check_refusal(hand, what, set(token.births), reply)


def add_access(hand: Hand, reply: Reply, standing: dict[str, Interval], holder: Holder) -> Token:
    """The access token of an answer; it is born with the operation that issued it, too."""
    text = str(reply.members["access_token"])
    own = {f"token:{hand.ledger.serial()}": reply.when}
    is_jwt = text.count(".") == 2
    if is_jwt:
        own[f"key:{segment(text, 0)['kid']}"] = reply.when
    lifetime = int(reply.members["expires_in"])
    token = Token(
        "JWT" if is_jwt else "opaque",
        text,
        standing | own,
        reply.when,
        expires=Interval(reply.when.start + lifetime, reply.when.end + lifetime),
        owner=holder,
    )
    return add(hand, token, holder.family)


def add(hand: Hand, token: Token, family: Family | None) -> Token:
    """Into the ledger and the pool; what was born while something ended is suspect."""
    if family is not None:
        known = family.standing
        token.by_code, token.lapsed = True, known.lapsed
        token.bounds = Bounds(cause=known.bounds.cause, dead=known.bounds.dead)
    hand.ledger.add(token)
    hand.pool.tokens.append(token)
    if token.is_suspect:
        hand.pool.suspects.append(token)
        hand.ledger.stillborn.add(digest(Kind.ACCESS, token.text))
    return token


def segment(text: str, place: int) -> dict[str, Any]:
    """A part of a JWT, as it is."""
    raw = text.split(".")[place]
    found: dict[str, Any] = loads(urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    return found
