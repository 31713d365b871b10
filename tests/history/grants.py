"""The code flow: a browser that is signed in, a code, its exchange."""

from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from apps.servers.models import AuthorizationServer
from authzsite.domain.pkce import challenge_of
from authzsite.domain.tokens import Kind, digest
from tests.factories import REDIRECT_URI
from tests.history.hand import Hand, add, add_access, births, post, refused
from tests.history.latch import Token
from tests.history.pool import Family, Holder
from tests.history.wire import Reply, Unknown
from tests.history.world import COOKIE, SCOPE, Party, Person, sign_in

VERIFIER: Final = "v" * 43
ONLINE, OFFLINE = f"openid {SCOPE}", f"openid offline_access {SCOPE}"


def open_grant(hand: Hand) -> None:
    """A browser that is signed in, a code, its exchange."""
    server, party = hand.server(), hand.zipf(hand.world.parties)
    person = hand.zipf(hand.world.people)
    scopes = OFFLINE if hand.chance.random() < 0.7 else ONLINE
    code = authorize(hand, server, party, person, scopes)
    if code is not None:
        exchange(hand, server, party, person, scopes, code)


def authorize(
    hand: Hand, server: AuthorizationServer, party: Party, person: Person, scopes: str
) -> Token | None:
    """A code; None when it was refused for a reason."""
    cookie, session = session_of(person)
    things = {
        *hand.world.things_of_client(server, party),
        *hand.world.things_of_user(party, person),
        session,
    }
    query = urlencode(
        {
            "client_id": party.row.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": scopes,
            "state": "s",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
    )
    path = f"/oauth2/{server.pk}/v1/authorize?{query}"
    reply = hand.wire.get(path, Cookie=f"{COOKIE}={cookie}")
    if "/accounts/login" in reply.location or reply.location == path:
        renew_session(person, session)  # a changed password, too, ends sessions: no token's matter
        return None
    members = dict(parse_qsl(urlsplit(reply.location).query))
    if members.get("error") == "temporarily_unavailable":  # what 503 is, where there is a redirect
        raise Unknown(reply.when, 503)
    if "code" not in members:
        config = hand.world.things_of_config(server, party, scopes)
        hand.ledger.refuse(
            f"authorize: {reply.status} {members.get('error')}", {*things, *config}, reply.when
        )
        return None
    if scopes == OFFLINE:
        things.discard(session)  # it may go on without the session (row 161)
    code = Token("code", members["code"], births(things, reply.when), reply.when)
    note_stillborn(hand, hand.ledger.add(code), code)
    return code


def note_stillborn(hand: Hand, born: Token, code: Token) -> None:
    """What ended while it was written may not have marked its row, which goes when it expires."""
    if born.is_suspect:
        hand.ledger.stillborn.add(digest(Kind.CODE, code.text))


def session_of(person: Person) -> tuple[str, str]:
    """The cookie of the present session, and its name among the things."""
    with person.lock:
        if not person.cookie:
            sign_in(person)
        return person.cookie, person.session


def renew_session(person: Person, session: str) -> None:
    """Another session, unless somebody has made one already."""
    with person.lock:
        if person.session == session:
            person.cookie = ""


def exchange(
    hand: Hand,
    server: AuthorizationServer,
    party: Party,
    person: Person,
    scopes: str,
    code: Token,
) -> None:
    """The family of a code."""
    form = {
        "grant_type": "authorization_code",
        "code": code.text,
        "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER,
    }
    reply = post(hand, server, "token", form, party)
    if reply.status != 200:
        refused(hand, "exchange", code, reply)
        return
    hand.ledger.observe(code, True, reply.when)
    family = Family(
        thing=f"family:{hand.ledger.serial()}",
        server=server,
        party=party,
        person=person,
        scopes=scopes,
        code=code.text,
        id_token=str(reply.members.get("id_token", "")),
        standing=code,
    )
    config = births(hand.world.things_of_config(server, party, scopes), reply.when)
    whole = {**code.births, **config, family.thing: code.issued}
    family.standing = hand.ledger.add(
        Token("family", "", whole, code.issued, by_code=True, bounds=replace(code.bounds))
    )
    note_stillborn(hand, family.standing, code)
    store_tokens(hand, family, reply)
    hand.pool.families.append(family)


def store_tokens(hand: Hand, family: Family, reply: Reply) -> None:
    """The tokens of an answer."""
    holder = Holder(family.server, family.party, family)
    add_access(hand, reply, dict(family.standing.births), holder)
    text = reply.members.get("refresh_token", "")
    if text and (family.refresh is None or text != family.refresh.text):
        if family.refresh is not None:
            family.replaced = family.refresh.text
        own = {f"token:{hand.ledger.serial()}": reply.when}
        token = Token("refresh", text, dict(family.standing.births) | own, reply.when, owner=holder)
        family.refresh = add(hand, token, family)
