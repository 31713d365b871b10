"""Rows 67 and 68: keys that a client publishes at its own address."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from joserfc.jwk import ECKey, Key

from apps.clients.models import Client
from apps.oauth import client_keys, outbound
from apps.oauth.outbound import Document, OutboundError
from apps.tokens import clock
from tests.clients.keys import (
    AGREEMENT_KEY,
    EC_KEY,
    PRIVATE_KEY,
    RSA_KEY,
    SYMMETRIC_KEY,
    WEAK_KEY,
)
from tests.oauth.client_authentication.assertions import (
    KEY,
    ask_with,
    claims,
    make_assertion_client,
    public,
    sign,
)
from tests.oauth.http import assert_refused
from tests.oauth.world import World, make_world

pytestmark = pytest.mark.once  # no statement differs between the databases

URI = "https://client.example.com/keys"
NEW = ECKey.generate_key("P-256", {"kid": "two"})


class Owner:
    """The client's site: what it publishes, how often it was asked, and what the time is."""

    def __init__(self) -> None:
        self.document: dict[str, Any] | None = public(KEY)
        self.max_age: int | None = None
        self.asked = 0
        self.was_in_transaction = False
        self.now: datetime = clock.now()

    def fetch(self, url: str, **options: Any) -> Document:
        """What `outbound` would bring."""
        assert url == URI
        self.asked += 1
        self.was_in_transaction |= connection.in_atomic_block
        if self.document is None:
            raise OutboundError
        return Document(self.document, self.max_age)


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Owner]:
    """The site of the client's owner, and nothing fetched yet."""
    site = Owner()
    monkeypatch.setattr(outbound, "fetch_json", site.fetch)
    monkeypatch.setattr(clock, "now", lambda: site.now)
    client_keys.fetched.clear()
    yield site
    client_keys.fetched.clear()


def make_remote_client() -> Client:
    """A client whose keys are at `URI`."""
    return make_assertion_client(jwks={}, jwks_uri=URI)


def status(world: World, caller: Client, key: Key = KEY, **header: Any) -> int:
    """What the token endpoint says to an assertion by this key."""
    named = {"kid": key.kid} | header
    now = int(clock.now().timestamp())
    text = sign(claims(caller.client_id, world.issuer, exp=now + 300), key, named)
    return ask_with(Browser(), world, "token", text).status_code


def test_fetched_keys_verify_and_are_kept(world: World, owner: Owner) -> None:
    caller = make_remote_client()
    assert [status(world, caller) for _ in range(3)] == [200, 200, 200]
    assert owner.asked == 1


def test_row_068_unknown_kids_cause_one_fetch_a_minute(world: World, owner: Owner) -> None:
    caller = make_remote_client()
    for _ in range(3):
        results = {status(world, caller, kid=f"unknown-{number}") for number in range(10)}
        assert results == {401}
        owner.now += timedelta(seconds=61)
    assert owner.asked == 3
    assert status(world, caller) == 200


def test_row_068_a_new_key_is_found_within_a_minute(world: World, owner: Owner) -> None:
    caller = make_remote_client()
    assert status(world, caller) == 200
    owner.document = public(KEY, NEW)
    assert status(world, caller, NEW) == 401
    owner.now += timedelta(seconds=61)
    assert status(world, caller, NEW) == 200


@pytest.mark.parametrize(
    ("max_age", "kept"),
    [(None, 3600), (0, 300), (600, 600), (10**9, 86_400)],
)
def test_keys_are_kept_as_long_as_their_owner_says_within_bounds(
    world: World, owner: Owner, max_age: int | None, kept: int
) -> None:
    owner.max_age, caller = max_age, make_remote_client()
    assert status(world, caller) == 200
    owner.document = public(NEW)
    owner.now += timedelta(seconds=kept - 1)
    assert (status(world, caller), owner.asked) == (200, 1)
    owner.now += timedelta(seconds=1)
    assert (status(world, caller), owner.asked) == (401, 2)


def test_keys_that_are_too_old_are_not_used_when_there_are_no_newer(
    world: World, owner: Owner
) -> None:
    caller = make_remote_client()
    assert status(world, caller) == 200
    owner.document = None
    owner.now += timedelta(hours=2)
    assert {status(world, caller) for _ in range(5)} == {401}
    assert owner.asked == 2  # a failure waits as long as an unknown kid
    owner.document = public(KEY)
    owner.now += timedelta(seconds=61)
    assert status(world, caller) == 200


def test_two_clients_at_one_address_share_nothing(world: World, owner: Owner) -> None:
    assert status(world, make_remote_client()) == 200
    owner.document = public(NEW)
    assert status(world, make_remote_client()) == 401


POINT_OFF_CURVE = {**EC_KEY, "y": EC_KEY["x"]}
EXPONENT_ONE = {**RSA_KEY, "e": "AQ"}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "too many keys": {"keys": [{**EC_KEY, "kid": str(number)} for number in range(10_000)]},
    "keys is no list": {"keys": {"one": EC_KEY}},
    "no keys": {},
    "empty": {"keys": []},
    "entries that are no keys": {"keys": [1, "one", None, [], {}]},
    "weak": {"keys": [WEAK_KEY]},
    "exponent 1": {"keys": [EXPONENT_ONE]},
    "off the curve": {"keys": [POINT_OFF_CURVE]},
    "private": {"keys": [PRIVATE_KEY]},
    "symmetric": {"keys": [SYMMETRIC_KEY]},
    "for agreement": {"keys": [AGREEMENT_KEY]},
    "of no kind": {"keys": [{"kty": ["EC"]}, {"kty": "XX"}, {"kty": "EC", "crv": 1}]},
    "kid is no text": {"keys": [{**EC_KEY, "kid": ["one"]}, {**EC_KEY, "kid": {"a": 1}}]},
    "for encryption": public(KEY, use="enc"),
    "two by one kid": public(KEY, KEY),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_row_067_keys_that_are_none_verify_nothing(world: World, owner: Owner, name: str) -> None:
    owner.document = DOCUMENTS[name]
    caller = make_remote_client()
    response = ask_with(Browser(), world, "token", sign(claims(caller.client_id, world.issuer)))
    assert_refused(response, 401, "invalid_client")


def test_row_067_a_key_for_something_else_doesnt_spoil_the_others(
    world: World, owner: Owner
) -> None:
    others = [AGREEMENT_KEY, {**EC_KEY, "use": "enc", "kid": "enc"}, {"kty": "new", "kid": "new"}]
    owner.document = {"keys": [*others, *public(KEY)["keys"]]}
    assert status(world, make_remote_client()) == 200


@pytest.mark.django_db(transaction=True)
def test_nothing_is_fetched_inside_a_transaction(owner: Owner) -> None:
    assert status(make_world(), make_remote_client()) == 200
    assert owner.asked == 1 and not owner.was_in_transaction
