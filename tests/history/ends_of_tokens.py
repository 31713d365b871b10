"""Ends of one token, one family, one session: by their client, their user, an administrator, or
by a replay."""

from urllib.parse import urlencode

from apps.tokens.administration import revoke_access_token, revoke_grant
from authzsite.domain.tokens import Kind, digest, parse_refresh
from tests.factories import REDIRECT_URI, TESTER
from tests.history.grants import VERIFIER
from tests.history.hand import Hand, post
from tests.history.pool import Family, Holder
from tests.history.revocations import Refused, Revocation
from tests.history.wire import Reply
from tests.history.world import COOKIE


def accepted(reply: Reply, *statuses: int) -> None:
    """Raise Refused for any other status: client or server are closed."""
    if reply.status not in (statuses or (200,)):
        raise Refused


def of_token(hand: Hand, holder: Holder) -> Revocation | None:
    """RFC 7009, or an administrator, for one access token."""
    token = hand.pool.recent(hand.chance)
    if token is None or token.kind == "refresh":
        return None
    own = frozenset(thing for thing in token.births if thing.startswith("token:"))
    assert isinstance(token.owner, Holder)
    server, party = token.owner.server, token.owner.party
    if token.kind == "opaque" and hand.chance.random() < 0.5:
        key = digest(Kind.ACCESS, token.text)
        return Revocation("token", own, lambda: revoke_access_token(actor=TESTER, digest=key))
    form = {"token": token.text}
    return Revocation("token", own, lambda: accepted(post(hand, server, "revoke", form, party)))


def of_family(hand: Hand, holder: Holder) -> Revocation | None:
    """Its refresh token is revoked, it is ended by an administrator, or something is replayed."""
    family = hand.pool.family(hand.chance)
    if family is None or family.refresh is None:
        return None
    ways = {"family": revoke_refresh, "family by administrator": end_grant, "code": replay_code}
    if family.replaced and family.party.may_replay:
        ways["replay"] = replay_refresh
    label = hand.chance.choice(sorted(ways))
    return Revocation(label, frozenset({family.thing}), lambda: ways[label](hand, family))


def revoke_refresh(hand: Hand, family: Family) -> None:
    with family.lock:
        assert family.refresh is not None
        form = {"token": family.refresh.text}
        accepted(post(hand, family.server, "revoke", form, family.party))
        family.is_over = True


def end_grant(hand: Hand, family: Family) -> None:
    assert family.refresh is not None
    parts = parse_refresh(family.refresh.text)
    assert parts is not None
    revoke_grant(actor=TESTER, grant_id=parts.grant_id)


def replay_code(hand: Hand, family: Family) -> None:
    form = {"grant_type": "authorization_code", "code": family.code, "redirect_uri": REDIRECT_URI}
    replay(hand, family, form | {"code_verifier": VERIFIER})


def replay_refresh(hand: Hand, family: Family) -> None:
    replay(hand, family, {"grant_type": "refresh_token", "refresh_token": family.replaced})


def replay(hand: Hand, family: Family, form: dict[str, str]) -> None:
    """Refused, and the family ends for it (RFC 9700 §4.14.2)."""
    with family.lock:
        reply = post(hand, family.server, "token", form, family.party)
        accepted(reply, 400)
        if reply.error != "invalid_grant":
            raise Refused
        family.is_over = True


def of_session(hand: Hand, holder: Holder) -> Revocation | None:
    """Sign-out: the session and what was granted for its length only (row 161)."""
    family = holder.family
    if family is None or not family.person.session or not family.id_token:
        return None
    person = family.person
    with person.lock:
        cookie, session, person.cookie = person.cookie, person.session, ""
    if not cookie:
        return None
    query = urlencode({"id_token_hint": family.id_token})
    path = f"/oauth2/{family.server.pk}/v1/logout?{query}"

    def act() -> None:
        accepted(hand.wire.get(path, Cookie=f"{COOKIE}={cookie}"), 200, 302)

    return Revocation("session", frozenset({session}), act, is_final=True)
