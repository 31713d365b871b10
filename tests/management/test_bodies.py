"""What a body may be: rows 4, 14, 16, 30, 257, 274-278 and 283."""

from typing import Any

import pytest
from django.test import Client as Http

from apps.clients.models import Client, ClientSecret, TokenPolicy
from apps.servers.models import SigningKey
from tests.factories import make_token_policy
from tests.management.caller import Caller, encode

POLICY = {"title": "New", "allowedScopes": ["openid"]}
MODELS: tuple[Any, ...] = (Client, TokenPolicy, ClientSecret)
NAMES = sorted({field.name for model in MODELS for field in model._meta.get_fields()})
EVIL = ["id", "pk", "customer", "owner", "is_staff", "created_by", "_links", "generation", "server"]


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "multipart/form-data",
        "application/json; charset=utf-16",
    ],
)
def test_row_004_another_media_type_is_a_415(admin: Caller, content_type: str) -> None:
    answer = admin.post("tokenPolicies", POLICY, content_type=content_type)
    assert answer.status_code == 415
    assert "application/json" in answer.json()["errors"]


def test_row_030_an_encoded_body_is_never_inflated(admin: Caller) -> None:
    answer = admin.post("tokenPolicies", POLICY, HTTP_CONTENT_ENCODING="gzip")
    assert answer.status_code == 415


@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\u0000b"', '"\\udfff\\ud800"'])
@pytest.mark.parametrize("where", ['{"title": %s}', '{"title": "x", "z": [{"y": %s}]}', "{%s: 1}"])
def test_rows_014_016_a_text_that_cant_be_stored_is_a_400(
    admin: Caller, text: str, where: str
) -> None:
    answer = admin.post("tokenPolicies", (where % text).encode())
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "raw",
    [
        b" ",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b'{"title": "a", "title": "b"}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}",
        '{"title": "x"}'.encode("utf-16"),
        b'\xff\xfe{"title": 1}',
        b'\xef\xbb\xbf{"title": "x"}',
        b"{'title': 'x'}",
        b'{"title": "x"} x',
        b'{"title": "\x01"}',
    ],
    ids=lambda raw: repr(raw[:20]),
)
@pytest.mark.parametrize("path", ["tokenPolicies", "clients"])
def test_row_278_what_isnt_one_json_object_is_a_400(admin: Caller, raw: bytes, path: str) -> None:
    answer = admin.post(path, raw)
    assert answer.status_code == 400
    assert list(answer.json()) == ["errors"]


def test_row_278_a_body_above_the_limit_is_a_413(admin: Caller) -> None:
    raw = b'{"title": "' + b"x" * 2_000_000 + b'"}'
    assert admin.post("tokenPolicies", raw).status_code == 413


@pytest.mark.parametrize(
    "value",
    [
        10**40,
        1.5,
        -1,
        0,
        59,
        3601,
        True,
        None,
        [],
        {},
        "",
        "1e3",
        "-0",
        "60 ",
        "٦٠٠",
        "9" * 5000,
        1e20,
    ],
)
def test_row_277_a_lifetime_is_a_whole_number_in_its_range(admin: Caller, value: Any) -> None:
    answer = admin.post("tokenPolicies", POLICY | {"accessTokenLifetime": value})
    assert answer.status_code in {400, 422}
    assert "accessTokenLifetime" in answer.json()["errors"]


def test_row_277_the_error_names_field_and_limit(admin: Caller) -> None:
    answer = admin.post(
        "tokenPolicies", POLICY | {"accessTokenLifetime": 59, "refreshTokenLifetime": 31557601}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == (
        "accessTokenLifetime must be between 60 and 3600; "
        "refreshTokenLifetime must be between 60 and 31557600"
    )


@pytest.mark.parametrize("ends", [(60, 60), (3600, 31557600), ("60", "31557600")])
def test_lifetimes_at_their_limits_are_stored_and_returned_as_numbers(
    admin: Caller, ends: tuple[Any, Any]
) -> None:
    access, refresh = ends
    members = {"accessTokenLifetime": access, "refreshTokenLifetime": refresh}
    made = admin.post("tokenPolicies", POLICY | members)
    shown = admin.get(f"tokenPolicies/{made.json()}").json()
    assert (shown["accessTokenLifetime"], shown["refreshTokenLifetime"]) == (
        int(access),
        int(refresh),
    )


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("useAccessJWT", "true"),
        ("useAccessJWT", 1),
        ("title", None),
        ("title", ["x"]),
        ("allowedScopes", "openid"),
        ("allowedScopes", {"a": 1}),
        ("allowedScopes", [1]),
        ("allowedScopes", None),
        ("allowedScopes", [["openid"]]),
    ],
)
def test_a_member_of_another_type_is_a_400_that_names_it(
    admin: Caller, member: str, value: Any
) -> None:
    answer = admin.post("tokenPolicies", POLICY | {member: value})
    assert answer.status_code == 400
    assert answer.json()["errors"].startswith(member)


def test_a_policy_without_title_is_a_400(admin: Caller) -> None:
    answer = admin.post("tokenPolicies", {})
    assert (answer.status_code, answer.json()) == (400, {"errors": "title is required"})


def test_a_title_in_use_is_a_409(admin: Caller) -> None:
    make_token_policy(title="New")
    answer = admin.post("tokenPolicies", POLICY)
    assert (answer.status_code, answer.json()) == (409, {"errors": "title is already in use"})


def test_without_allowed_scopes_a_policy_has_those_of_the_discovery_document(
    admin: Caller,
) -> None:
    ident = admin.post("tokenPolicies", {"title": "New"}).json()
    document = Http().get("/org/login/.well-known/openid-configuration").json()
    assert (
        admin.get(f"tokenPolicies/{ident}").json()["allowedScopes"] == document["scopes_supported"]
    )


@pytest.mark.once  # what the API doesn't offer reaches no statement
@pytest.mark.parametrize("name", sorted({*NAMES, *EVIL}))
def test_row_257_no_member_reaches_a_field_that_the_api_doesnt_offer(
    admin: Caller, name: str
) -> None:
    values: list[Any] = ["evil", True, {"a": "b"}]
    offered = {"title", "name", "type"}
    for value in values:
        if name in offered:
            continue
        _try_policy(admin, {name: value})
        _try_client(admin, {name: value})


def _try_policy(admin: Caller, extra: dict[str, Any]) -> None:
    ident = admin.post("tokenPolicies", extra | POLICY | {"title": repr(extra)[:60]}).json()
    row = TokenPolicy.objects.get(pk=ident)
    row_before = TokenPolicy.objects.filter(pk=ident).values().get()
    assert row.allowed_scopes == ["openid"] and row.access_token_lifetime == 3600
    answer = admin.put(f"tokenPolicies/{ident}", extra | POLICY | {"title": row.title})
    assert answer.status_code == 200
    assert TokenPolicy.objects.filter(pk=ident).values().get() == row_before
    admin.delete(f"tokenPolicies/{ident}")


def _try_client(admin: Caller, extra: dict[str, Any]) -> None:
    policy = admin.client.token_policy_id
    body = {"name": "Shop", "tokenPolicy": policy, "type": "configuration"}
    made = admin.post("clients", extra | body)
    ident = made.json()["id"]
    before = Client.objects.filter(client_id=ident).values().get()
    assert before["grant_types"] == ["client_credentials"] and before["epoch"] > 1  # by chance
    assert before["token_endpoint_auth_method"] == "client_secret_basic"
    assert admin.put(f"clients/{ident}", extra | body).status_code == 200
    assert Client.objects.filter(client_id=ident).values().get() == before
    admin.delete(f"clients/{ident}")


@pytest.mark.parametrize(
    "query",
    [
        "limit=1000000000",
        "limit=-1",
        "limit=NaN",
        "ordering=secret_digest",
        "after=x",
        "x",
        "secrets__digest__startswith=a",
        "_connector=OR",
        "q=%00",
    ],
)
def test_rows_275_276_a_list_takes_no_parameters(admin: Caller, query: str) -> None:
    for path in ("clients", "tokenPolicies"):
        assert admin.get(f"{path}?{query}").status_code == 400


def test_row_274_a_stale_if_match_is_a_412_and_changes_nothing(admin: Caller) -> None:
    ident = admin.post("tokenPolicies", POLICY).json()
    path = f"tokenPolicies/{ident}"
    tag = admin.get(path)["ETag"]
    first = admin.put(path, POLICY | {"title": "First"}, HTTP_IF_MATCH=tag)
    assert first.status_code == 200
    second = admin.put(path, POLICY | {"title": "Second"}, HTTP_IF_MATCH=tag)
    assert second.status_code == 412
    assert admin.delete(path, HTTP_IF_MATCH=tag).status_code == 412
    assert admin.get(path).json()["title"] == "First"
    assert admin.delete(path, HTTP_IF_MATCH=first["ETag"]).status_code == 204


def test_row_274_a_stale_if_match_keeps_a_client(admin: Caller, spare: Caller) -> None:
    path = f"clients/{spare.client.client_id}"
    tag = admin.get(path)["ETag"]
    body = {"name": "Renamed", "tokenPolicy": spare.client.token_policy_id}
    assert admin.put(path, body, HTTP_IF_MATCH=tag).status_code == 200
    assert admin.put(path, body | {"name": "Again"}, HTTP_IF_MATCH=tag).status_code == 412
    assert admin.delete(path, HTTP_IF_MATCH='"x"').status_code == 412
    assert admin.get(path).json()["name"] == "Renamed"


def test_row_283_no_answer_holds_a_secret_a_digest_or_a_private_key(
    admin: Caller, spare: Caller
) -> None:
    paths = [
        "clients",
        "tokenPolicies",
        f"clients/{spare.client.client_id}",
        f"clients/{spare.client.client_id}/secret",
        f"tokenPolicies/{spare.client.token_policy_id}",
    ]
    text = "".join(admin.get(path).content.decode() for path in paths)
    text += Http().get("/org/login/jwk").content.decode()
    hidden = [admin.secret, spare.secret, spare.token, '"d"']
    hidden += ClientSecret.objects.values_list("digest", flat=True)
    assert not [value for value in hidden if value in text]
    assert SigningKey.objects.exists()


def test_a_policy_in_use_is_kept_and_the_answer_names_every_client(
    admin: Caller, spare: Caller
) -> None:
    policy = spare.client.token_policy_id
    refused = admin.delete(f"tokenPolicies/{policy}")
    assert refused.status_code == 409
    path = f"/customers/org/clients/{spare.client.client_id}"
    assert refused.json() == {"errors": encode([path]).decode() + "\n"}
    assert TokenPolicy.objects.filter(pk=policy).exists()
