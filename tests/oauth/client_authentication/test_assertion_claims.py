"""Rows 16, 58-66: the claims of assertions, and that each is used once."""

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser

from apps.tokens.django_store import DjangoStore
from apps.tokens.models import UsedAssertion
from tests.factories import REDIRECT_URI, TESTER, make_client
from tests.oauth.client_authentication.assertions import (
    KEY,
    ask_with,
    claims,
    make_assertion_client,
    public,
    segment,
    sign,
    signed_by_hand,
)
from tests.oauth.client_authentication.requests import ask
from tests.oauth.http import (
    ASSERTION_TYPE,
    POSTED,
    assert_refused,
    every,
    every_endpoint,
    path,
    token,
)
from tests.oauth.world import World, answer, issue_code
from tests.races import at_once


@every("form", ["{issuer}", "{issuer}/v1/token", "{issuer}/v1/{endpoint}"])
@every_endpoint
def test_row_058_issuer_token_endpoint_and_the_endpoint_called_are_audiences(
    client: Browser, world: World, endpoint: str, form: str
) -> None:
    audience = form.format(issuer=world.issuer, endpoint=endpoint)
    ident = make_assertion_client().client_id
    for aud in (audience, [audience]):
        text = sign(claims(ident, aud))
        assert ask_with(client, world, endpoint, text).status_code == 200


@every(
    "form",
    [
        "{issuer}/",
        "{issuer}/v1/par",
        "{issuer}/v1/tokens",
        "http://localhost:8000",
        "localhost",
        "http://localhost:8000/oauth2/other",
        "https://evil.example",
        "",
    ],
)
@every_endpoint
def test_row_058_no_other_audience_will_do(
    client: Browser, world: World, endpoint: str, form: str
) -> None:
    audience = form.format(issuer=world.issuer)
    ident = make_assertion_client().client_id
    for aud in (audience, audience.upper(), [audience], [], None, 1, {"a": audience}):
        response = ask_with(client, world, endpoint, sign(claims(ident, aud)))
        assert_refused(response, 401, "invalid_client")


@every_endpoint
def test_row_058_the_issuer_is_compared_with_its_case(
    client: Browser, world: World, endpoint: str
) -> None:
    text = sign(claims(make_assertion_client().client_id, world.issuer.upper()))
    assert_refused(ask_with(client, world, endpoint, text), 401, "invalid_client")


@every("second", ["https://evil.example", "ISSUER", "ISSUER/v1/token", "", 1])
@every_endpoint
def test_row_059_a_second_audience_is_a_401(
    client: Browser, world: World, endpoint: str, second: Any
) -> None:
    other = second.replace("ISSUER", world.issuer) if isinstance(second, str) else second
    text = sign(claims(make_assertion_client().client_id, [world.issuer, other]))
    assert_refused(ask_with(client, world, endpoint, text), 401, "invalid_client")


WRONG: list[dict[str, Any]] = [
    {"iss": "another"},
    {"sub": "another"},
    {"iss": "another", "sub": "another"},
    {"iss": None},
    {"sub": None},
    {"jti": None},
    {"exp": None},
    {"iss": ["ID"]},
    {"sub": 1},
    {"jti": 1},
    {"jti": ""},
]


@every("wrong", WRONG)
@every_endpoint
def test_row_060_a_claim_that_is_missing_or_anothers_is_a_401(
    client: Browser, world: World, endpoint: str, wrong: dict[str, Any]
) -> None:
    ident = make_assertion_client().client_id
    text = sign(claims(ident, world.issuer, **wrong))
    for data in ({}, {"client_id": ident}):
        assert_refused(ask_with(client, world, endpoint, text, **data), 401, "invalid_client")


@every_endpoint
def test_row_060_another_client_id_in_the_form_is_a_401(
    client: Browser, world: World, endpoint: str
) -> None:
    text = sign(claims(make_assertion_client().client_id, world.issuer))
    other = make_assertion_client().client_id
    response = ask_with(client, world, endpoint, text, client_id=other)
    assert_refused(response, 401, "invalid_client")


@pytest.mark.parametrize(
    ("name", "seconds", "status"),
    [
        ("exp", -300, 401),
        ("exp", 0, 401),
        ("exp", 3000, 200),
        ("exp", 3700, 401),
        ("nbf", 8, 200),
        ("iat", 8, 200),
        ("nbf", 70, 401),
        ("iat", 70, 401),
        ("iat", -3000, 200),
    ],
)
@every_endpoint
def test_row_061_times_have_bounds(
    client: Browser, world: World, endpoint: str, name: str, seconds: int, status: int
) -> None:
    spoiled = {name: int(time.time()) + seconds}
    text = sign(claims(make_assertion_client().client_id, world.issuer, **spoiled))
    assert ask_with(client, world, endpoint, text).status_code == status


NUMBERS = [b'"9999999999"', b"1e9", b"4102444800.0", b"NaN", b"Infinity", b"1e400", b"-1", b"true"]
NUMBERS += [b"null", b"[1]", b"1" + b"0" * 400, b"9" * 5000]


@every("number", NUMBERS)
@every("name", [b"exp", b"iat", b"nbf"])
@every_endpoint
def test_row_062_a_time_that_is_no_whole_number_is_a_401(
    client: Browser, world: World, endpoint: str, name: bytes, number: bytes
) -> None:
    ident = make_assertion_client().client_id
    raw = segment(claims(ident, world.issuer, **({"exp": None} if name == b"exp" else {})))
    import base64

    body = base64.urlsafe_b64decode(raw + "==")[:-1] + b', "' + name + b'": ' + number + b"}"
    response = ask_with(client, world, endpoint, sign(body), client_id=ident)
    assert_refused(response, 401, "invalid_client")


@every("second", POSTED)
@every_endpoint
def test_row_063_an_assertion_is_used_once_over_all_endpoints(
    client: Browser, world: World, endpoint: str, second: str
) -> None:
    text = sign(claims(make_assertion_client().client_id, world.issuer))
    assert ask_with(client, world, endpoint, text).status_code == 200
    assert_refused(ask_with(client, world, second, text), 401, "invalid_client")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_row_063_of_fifty_at_once_one_succeeds() -> None:
    from tests.oauth.world import make_world

    world = make_world()
    text = sign(claims(make_assertion_client().client_id, world.issuer))

    def use(endpoint: str) -> int:
        return ask_with(Browser(), world, endpoint, text).status_code

    results = at_once(*(lambda e=POSTED[n % 3]: use(e) for n in range(50)))
    assert sorted(results) == [200] + [401] * 49


@every_endpoint
def test_row_064_forgetting_the_cache_makes_no_assertion_new(
    client: Browser, world: World, endpoint: str
) -> None:
    text = sign(claims(make_assertion_client().client_id, world.issuer))
    assert ask_with(client, world, endpoint, text).status_code == 200
    cache.clear()
    assert_refused(ask_with(client, world, endpoint, text), 401, "invalid_client")


@every_endpoint
def test_row_065_two_clients_may_use_the_same_jti(
    client: Browser, world: World, endpoint: str
) -> None:
    for _ in range(2):
        text = sign(claims(make_assertion_client().client_id, world.issuer, jti="same"))
        assert ask_with(client, world, endpoint, text).status_code == 200


@every_endpoint
def test_row_066_a_giant_jti_is_a_401_and_any_is_kept_as_a_digest(
    client: Browser, world: World, endpoint: str
) -> None:
    ident = make_assertion_client().client_id
    text = sign(claims(ident, world.issuer, jti="j" * 5000))
    assert_refused(ask_with(client, world, endpoint, text), 401, "invalid_client")
    ask_with(client, world, endpoint, sign(claims(ident, world.issuer, jti="readable")))
    assert "readable" not in repr(list(UsedAssertion.objects.values()))


@every("name", ["jti", "iss", "sub", "aud", "extra"])
@every_endpoint
def test_row_016_half_a_surrogate_in_a_claim_is_never_a_5xx(
    client: Browser, world: World, endpoint: str, name: str
) -> None:
    ident = make_assertion_client().client_id
    for value in ("a\ud800b", "a\0b"):
        text = sign(claims(ident, world.issuer, **{name: value}))
        status = ask_with(client, world, endpoint, text, client_id=ident).status_code
        assert status in ((200,) if name in ("extra", "jti") else (401,))


@every("typ", ["JWT", "jwt", "client-authentication+jwt", "application/jwt", None])
@every_endpoint
def test_an_assertion_may_say_what_it_is(
    client: Browser, world: World, endpoint: str, typ: str | None
) -> None:
    text = sign(claims(make_assertion_client().client_id, world.issuer), header={"typ": typ})
    assert ask_with(client, world, endpoint, text).status_code == 200


@every("typ", ["at+jwt", "logout+jwt", "", 1, ["JWT"]])
@every_endpoint
def test_another_kind_of_jwt_is_no_assertion(
    client: Browser, world: World, endpoint: str, typ: Any
) -> None:
    body = claims(make_assertion_client().client_id, world.issuer)
    text = signed_by_hand(body, {"alg": "ES256", "kid": "one", "typ": typ})
    expected = 200 if typ == "" else 401
    assert ask_with(client, world, endpoint, text).status_code == expected


def test_a_lost_race_does_not_cost_the_assertion(
    client: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.clients.services import assign_user

    fields = {"token_endpoint_auth_method": "private_key_jwt", "jwks": public(KEY)}
    caller = make_client("web", pkce_required=False, **fields)
    assign_user(actor=TESTER, client=caller, user=world.user)
    code, _ = issue_code(world.server, caller, world.user)
    lost: list[Any] = []
    write = DjangoStore.write

    async def lose_once(self: DjangoStore, unit: Any, now: Any) -> bool:
        if unit.update and unit.update.table == "tokens_grant" and not lost:
            lost.append(unit)
            return False
        return await write(self, unit, now)

    monkeypatch.setattr(DjangoStore, "write", lose_once)
    form = {"client_assertion_type": ASSERTION_TYPE, "code": code, "redirect_uri": REDIRECT_URI}
    text = sign(claims(caller.client_id, world.issuer))
    answer(
        token(
            client,
            world.server,
            grant_type="authorization_code",
            client_assertion=text,
            **form,
        )
    )
    assert lost


def test_the_endpoint_of_another_server_is_no_audience(client: Browser, world: World) -> None:
    from tests.factories import make_server

    other = make_server()
    caller = make_assertion_client()
    text = sign(claims(caller.client_id, f"http://localhost:8000{path(other)}"))
    assert_refused(ask_with(client, world, "token", text), 401, "invalid_client")
    assert ask(client, world, "introspect", world.service_auth).status_code == 200
