"""Row 191: JWTs that somebody else wrote, or that we did not write like that."""

from typing import Any

from django.test import Client as Browser
from joserfc import jws
from joserfc.jwk import ECKey

from apps.oauth import runtime
from apps.tokens import jwt
from apps.tokens.store import ServerRow
from tests.oauth.client_authentication.assertions import segment
from tests.oauth.http import assert_refused, every, introspect, userinfo
from tests.oauth.rfc7662_introspection.test_introspection import INACTIVE
from tests.oauth.world import World, make_world

STRANGER = ECKey.generate_key("P-256")


def parts_of(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JWT."""
    return jwt.unverified_header(text), jwt.unverified_claims(text)


def resigned(world: World, claims: dict[str, Any], typ: str = "at+jwt") -> str:
    """These claims, signed with the server's own key."""
    row = ServerRow(world.server.pk, -1, 0, True)
    return jwt.sign(claims, runtime.server_snapshot(row).keys.current, typ=typ)


def refuse(browser: Browser, world: World, text: str) -> None:
    """Neither introspection nor userinfo takes it."""
    assert introspect(browser, world.server, text, world.web_auth).content == INACTIVE
    assert_refused(userinfo(browser, world.server, text), 401, "invalid_token")


def test_a_resigned_token_is_as_good_as_the_first(client: Browser, world: World) -> None:
    _, claims = parts_of(world.user_tokens(client)["access_token"])
    assert world.is_active(client, resigned(world, claims))


@every("alg", ["none", "None", "HS256", "", None, 1])
def test_row_191_an_unsigned_token_is_dead(client: Browser, world: World, alg: Any) -> None:
    text = world.user_tokens(client)["access_token"]
    header, claims = parts_of(text)
    for end in ("", text.rpartition(".")[2]):
        refuse(client, world, f"{segment(header | {'alg': alg})}.{segment(claims)}.{end}")


@every("typ", ["JWT", "", "jwt", "logout+jwt", "id+jwt"])
def test_row_191_a_token_of_another_type_is_dead(client: Browser, world: World, typ: str) -> None:
    _, claims = parts_of(world.user_tokens(client)["access_token"])
    refuse(client, world, resigned(world, claims, typ))


@every(
    ("name", "value"),
    [
        ("iss", "https://evil.example"),
        ("iss", "http://localhost:8000"),
        ("iss", "ISSUER/"),
        ("iss", "ISSUE"),
        ("iss", None),
        ("iss", ["ISSUER"]),
        ("aud", None),
        ("aud", "api://other"),
        ("aud", ["AUDIENCE", "api://other"]),
        ("exp", None),
        ("exp", "9999999999"),
        ("exp", 9999999999.5),
        ("exp", True),
        ("exp", 10**400),
        ("exp", 1_600_000_000),
        ("exp", -1),
        ("iat", None),
        ("jti", None),
        ("jti", "AT.forged"),
        ("jti", ["AT.x"]),
        ("jti", "ID.x"),
    ],
)
def test_row_191_a_claim_that_we_did_not_write_kills_the_token(
    client: Browser, world: World, name: str, value: Any
) -> None:
    _, claims = parts_of(world.user_tokens(client)["access_token"])
    if isinstance(value, str):
        issuer = world.issuer
        value = value.replace("ISSUER", issuer).replace("ISSUE", issuer[:-1])
    if isinstance(value, list):
        value = [v.replace("AUDIENCE", world.server.audience) for v in value]
        value = [v.replace("ISSUER", world.issuer) for v in value]
    spoiled = {k: v for k, v in (claims | {name: value}).items() if v is not None}
    refuse(client, world, resigned(world, spoiled))


@every("members", [{"kid": "x"}, {"kid": 1}, {"crit": ["exp"]}, {"b64": False}])
def test_row_191_a_header_that_we_did_not_write_kills_the_token(
    client: Browser, world: World, members: dict[str, Any]
) -> None:
    text = world.user_tokens(client)["access_token"]
    header, claims = parts_of(text)
    refuse(client, world, f"{segment(header | members)}.{segment(claims)}.{text.split('.')[2]}")


def test_row_191_a_strangers_signature_is_none(client: Browser, world: World) -> None:
    header, claims = parts_of(world.user_tokens(client)["access_token"])
    for more in ({}, {"jwk": STRANGER.as_dict(private=False)}):
        refuse(client, world, jws.serialize_compact(header | more, str(claims).encode(), STRANGER))


def test_row_191_every_octet_of_a_token_counts(client: Browser, world: World) -> None:
    text = world.service_token(client)
    for place in range(0, len(text) - 2, 7):
        other = "A" if text[place] != "A" else "B"
        spoiled = text[:place] + other + text[place + 1 :]
        assert introspect(client, world.server, spoiled, world.service_auth).content == INACTIVE


def test_row_191_the_token_of_another_server_is_dead_here(client: Browser, world: World) -> None:
    other = make_world()
    refuse(client, world, other.user_tokens(client)["access_token"])
    _, claims = parts_of(other.user_tokens(client)["access_token"])
    refuse(client, world, resigned(world, claims))
    mine = claims | {"iss": world.issuer, "aud": world.server.audience}
    refuse(client, world, resigned(world, mine))  # its grant belongs to the other server
