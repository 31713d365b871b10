"""What else clients do all day: their own tokens, refreshing, asking about tokens."""

import time
from typing import Final

from tests.history.grants import store_tokens
from tests.history.hand import Hand, add_access, births, check_refusal, post, refused
from tests.history.latch import Token
from tests.history.pool import Family, Holder
from tests.history.wire import Unknown
from tests.history.world import SCOPE

RETRY_SECONDS: Final = 20.0  # well inside the leeway


def get_client_token(hand: Hand) -> None:
    """client_credentials."""
    server, party = hand.server(), hand.zipf(hand.world.parties)
    form = {"grant_type": "client_credentials", "scope": SCOPE}
    things = {
        *hand.world.things_of_client(server, party),
        *hand.world.things_of_config(server, party, SCOPE),
    }
    reply = post(hand, server, "token", form, party)
    if reply.status != 200:
        check_refusal(hand, "client_credentials", things, reply)
        return
    add_access(hand, reply, births(things, reply.when), Holder(server, party))


def refresh(hand: Hand) -> None:
    """The current token of a family that nobody else is refreshing."""
    family = hand.pool.family(hand.chance)
    if family is None or not family.lock.acquire(blocking=False):
        return
    try:
        _refresh(hand, family)
    finally:
        family.lock.release()


def _refresh(hand: Hand, family: Family) -> None:
    token, is_retry = family.refresh, family.uncertain_since > 0
    if token is None or family.is_over:
        return
    if is_retry and (
        family.party.may_replay or time.monotonic() - family.uncertain_since > RETRY_SECONDS
    ):
        family.is_over = True  # it would be a replay
        return
    rotates = family.party.row.rotation_type == "ROTATE"
    own = next(thing for thing in token.births if thing.startswith("token:"))
    kill = hand.ledger.begin_kill("superseded", {own}) if rotates else None
    form = {"grant_type": "refresh_token", "refresh_token": token.text}
    try:
        reply = post(hand, family.server, "token", form, family.party)
    except Unknown as unknown:
        family.uncertain_since = family.uncertain_since or unknown.when.start
        raise
    if reply.status != 200:
        if kill is not None:
            hand.ledger.withdraw(kill)
        refused(hand, "refresh", family.standing, reply)
        return
    if kill is not None:
        hand.ledger.end_kill(kill)
    family.uncertain_since = 0.0
    hand.ledger.observe(family.standing, True, reply.when)
    store_tokens(hand, family, reply)


def look(hand: Hand, token: Token) -> None:
    """Introspection, by the protected API or by the token's own client; or userinfo."""
    holder = token.owner
    assert isinstance(holder, Holder)
    if token.kind != "refresh" and holder.family is not None and hand.chance.random() < 0.3:
        look_at_userinfo(hand, token, holder)
        return
    path = f"/oauth2/{holder.server.pk}/v1/introspect"
    asking = holder.party.authorization if token.kind == "refresh" else hand.world.watcher
    reply = hand.wire.post(path, {"token": token.text}, asking)
    if reply.status == 200:
        hand.ledger.observe(token, bool(reply.members["active"]), reply.when)
    else:
        check_refusal(hand, "introspection", set(token.births), reply)


def look_at_userinfo(hand: Hand, token: Token, holder: Holder) -> None:
    """The bearer's door."""
    path = f"/oauth2/{holder.server.pk}/v1/userinfo"
    reply = hand.wire.get(path, Authorization=f"Bearer {token.text}")
    if reply.status in (200, 401):
        hand.ledger.observe(token, reply.status == 200, reply.when)
    else:
        check_refusal(hand, "userinfo", set(token.births), reply)


def look_around(hand: Hand) -> None:
    """At a suspect, else at anything recent."""
    token = hand.pool.suspect() or hand.pool.recent(hand.chance)
    if token is not None:
        look(hand, token)
