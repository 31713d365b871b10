"""What is previewed is what is issued, for random configurations (R8 to R13): through the real
endpoints, from sign-in to refresh."""

import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.oauth.simulation.simulate import Asked, Simulation, simulate
from apps.servers.models import AuthorizationServer
from apps.tokens.jwt import unverified_claims, unverified_header
from apps.tokens.models import AccessToken, Grant
from authzsite.domain.tokens import Kind, digest
from authzsite.domain.vocabulary import AUTHORIZATION_CODE, CLIENT_CREDENTIALS
from tests.factories import make_claim, make_policy, make_rule
from tests.management.okta.small_world import SmallWorld, Told, Wish, small_world
from tests.oauth.flow import World, token_request

pytestmark = pytest.mark.django_db
OWN = {"jti", "iat", "exp", "at_hash", "sid", "auth_time"}  # differ from token to token
NAMES = ("openid", "profile", "offline_access", "read", "write", "admin", "nowhere")
VALUES = ("user.login", "user.profile.firstName + '!'", "app.clientId", "'fixed'")
EXAMPLES = 25


def random_world(roll: Random) -> SmallWorld:
    """The small one, with other rules, claims and settings."""
    world = small_world(
        scope_mode=roll.choice(("reject", "narrow")),
        access_token_format=roll.choice(("jwt", "opaque")),
        signing_alg=roll.choice(("ES256", "EdDSA")),
    )
    for number in range(roll.randint(0, 3)):
        kind = roll.choice(("RESOURCE", "IDENTITY"))
        make_claim(world.server, f"extra{number}", roll.choice(VALUES), claim_type=kind)
    for priority in range(1, roll.randint(1, 3) + 1):
        clients = roll.choice((["ALL_CLIENTS"], [world.client("job").pk], [world.client("web").pk]))
        policy = make_policy(world.server, clients=clients, priority=priority)
        for _ in range(roll.randint(1, 2)):
            make_rule(policy, **_random_rule(roll))
    return world


def _random_rule(roll: Random) -> dict[str, Any]:
    access = roll.choice((5, 17, 60, 1440))
    refresh = roll.choice((0, 2880, 100_000))
    return {
        "grants": roll.sample([AUTHORIZATION_CODE, CLIENT_CREDENTIALS], roll.randint(1, 2)),
        "scopes": roll.choice((["*"], ["read"], ["read", "write"], [])),
        "access_token_minutes": access,
        "refresh_token_minutes": refresh,
        "refresh_window_minutes": roll.choice((1440, 1441)),
        "priority": roll.choice((1, 9)),
    }


def random_wish(roll: Random) -> Wish:
    scope = " ".join(roll.sample(NAMES, roll.randint(0, 4)))
    if roll.random() < 0.35:  # what a refresh token needs
        scope = " ".join(["openid", "offline_access", *roll.sample(("read", "profile"), 1)])
    if roll.random() < 0.4:
        return Wish(roll.choice(("job", "other")), scope)
    return Wish("web", scope, roll.choice(("ada", "ada", "bob", "eve")))


def previewed(world: SmallWorld, wish: Wish) -> Simulation:
    user = world.people[wish.person].pk if wish.person else ""
    scopes = tuple(wish.scope.split()) or None
    client_id = world.client(wish.client).client_id
    asked = Asked(world.server.pk, client_id, wish.grant_type, user, scopes)
    found = simulate(asked, datetime.now(UTC))
    assert found is not None
    return found


def shared(claims: Any) -> dict[str, Any]:
    return {name: value for name, value in dict(claims).items() if name not in OWN}


def claims_of(server: AuthorizationServer, text: str) -> dict[str, Any]:
    """Of an issued access token: what it says itself, or what is stored of it."""
    if server.access_token_format == "opaque":
        row = AccessToken.objects.get(digest=digest(Kind.ACCESS, text))
        claims: dict[str, Any] = json.loads(row.claims)
        return claims
    return unverified_claims(text)


def assert_same(world: SmallWorld, found: Simulation, told: Told) -> None:
    shown, members = found.preview, told.members
    assert shown is not None
    claims = claims_of(world.server, members["access_token"])
    assert shared(shown.claims) == shared(claims)
    assert shown.claims.keys() == claims.keys()
    assert shown.claims["exp"] - shown.claims["iat"] == claims["exp"] - claims["iat"]
    assert shown.expires_in == members["expires_in"]
    assert set(shown.scopes) == told.scopes
    assert (shown.id_claims is None) is ("id_token" not in members)
    assert (shown.refresh is None) is ("refresh_token" not in members)
    if shown.header is not None:
        assert shown.header == unverified_header(members["access_token"])
    if shown.id_claims is not None:
        identity = unverified_claims(members["id_token"])
        assert shared(shown.id_claims) == shared(identity)
        assert shown.id_header == unverified_header(members["id_token"])


def assert_refreshed_same(world: SmallWorld, found: Simulation, told: Told, wish: Wish) -> None:
    """A refresh continues the decision (R11): the same claims, and the lifetimes that were told."""
    assert found.preview is not None and found.preview.refresh is not None
    times, stored = found.preview.refresh, Grant.objects.latest("created")
    shown = f"{times.access_seconds} {times.refresh_seconds} {times.idle_seconds}"
    assert stored.lifetimes == shown
    app = world.apps[wish.client]
    owner = World(world.server, app.client, app.secret, world.people[wish.person])
    answer = token_request(
        owner, grant_type="refresh_token", refresh_token=told.members["refresh_token"]
    ).json()
    claims = claims_of(world.server, answer["access_token"])
    assert shared(claims) == shared(found.preview.claims)
    assert answer["expires_in"] == found.preview.expires_in


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(0, 2**64 - 1))
def test_r11_what_is_previewed_is_what_is_issued(db: None, seed: int) -> None:
    roll = Random(seed)
    with transaction.atomic():
        world = random_world(roll)
        for _ in range(3):
            wish = random_wish(roll)
            found, told = previewed(world, wish), world.really(wish)
            assert (found.refusal.code if found.refusal else "") == told.error, wish
            if told.error:
                assert found.preview is None
                continue
            assert_same(world, found, told)
            if "refresh_token" in told.members:
                assert_refreshed_same(world, found, told, wish)
        transaction.set_rollback(True)
