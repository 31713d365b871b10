"""Which calls a pattern scope reaches: rows 262-268 and 272, over HTTP (R20)."""

import pytest
from django.test import Client as Http

from apps.clients.models import Client, TokenPolicy
from tests.management.caller import Caller, enrol

pytestmark = pytest.mark.once  # no statement differs between the databases

WRITES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_row_262_head_and_options_are_read_like_get(method: str) -> None:
    caller = enrol(".:config/**")
    assert caller.call(method, "clients").status_code == (204 if method == "OPTIONS" else 200)


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("path", ["clients", "tokenPolicies", "clients/{id}", "tokenPolicies/{tp}"])
def test_row_262_a_read_only_token_changes_nothing(method: str, path: str) -> None:
    caller = enrol(".:config/**")
    path = path.format(id=caller.client.client_id, tp=caller.client.token_policy_id)
    before = (list(Client.objects.values()), list(TokenPolicy.objects.values()))
    refused = caller.call(method, path, {"title": "x", "name": "x", "allowedScopes": []})
    assert (refused.status_code, refused.json()) == (403, {"errors": "Forbidden"})
    assert f'scope="*:config/{path}"' in refused["WWW-Authenticate"]
    assert (list(Client.objects.values()), list(TokenPolicy.objects.values())) == before


@pytest.mark.parametrize(
    "header", ["HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD"]
)
def test_row_263_headers_that_override_the_method_are_ignored(
    admin: Caller, spare: Caller, header: str
) -> None:
    path = f"clients/{spare.client.client_id}"
    assert admin.get(path, **{header: "DELETE"}).json()["id"] == spare.client.client_id
    assert admin.get(f"{path}?_method=DELETE").status_code == 200
    reader = enrol(".:config/**")
    assert reader.delete(path, **{header: "GET"}).status_code == 403
    assert Client.objects.filter(pk=spare.client.pk).exists()


@pytest.mark.parametrize("header", ["HTTP_X_ORIGINAL_URL", "HTTP_X_REWRITE_URL"])
def test_row_263_headers_that_override_the_path_are_ignored(header: str) -> None:
    caller = enrol("*:config/clients")
    assert caller.get("clients", **{header: "/org/config/tokenPolicies"}).json()[
        "_embedded"
    ].keys() == {"clients"}
    refused = caller.get("tokenPolicies", **{header: "/org/config/clients"})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("scope", "reached", "refused"),
    [
        ("*:config/clients", ["clients"], ["clients/{id}", "clients/{id}/secret"]),
        ("*:config/clients/*", ["clients/{id}"], ["clients", "clients/{id}/secret"]),
        ("*:config/clients/*/secret", ["clients/{id}/secret"], ["clients", "clients/{id}"]),
        (
            "*:config/clients/**",
            ["clients", "clients/{id}", "clients/{id}/secret"],
            ["tokenPolicies"],
        ),
        ("*:config/*", ["clients", "tokenPolicies"], ["clients/{id}"]),
        ("*:*/clients", ["clients"], ["tokenPolicies"]),
        ("*:CONFIG/clients", [], ["clients"]),
    ],
)
def test_row_264_a_star_is_exactly_one_segment(
    scope: str, reached: list[str], refused: list[str]
) -> None:
    caller = enrol(scope)
    for path in reached:
        answer = caller.get(path.format(id=caller.client.client_id))
        assert answer.status_code in {200, 409}, (path, answer.content)
    for path in refused:
        assert caller.get(path.format(id=caller.client.client_id)).status_code == 403, path


BAD_PATHS = [
    ("/org/config%2Fclients", 400),
    ("/org/config/%252Fclients", 400),
    ("/org/config/..%2fclients", 400),
    ("/org/config/./clients", 400),
    ("/org/config//clients", 400),
    ("/org/config/clients/", 400),
    ("/org/config/clients;x=1", 400),
    ("/org/config/%2e%2e/clients", 400),
    ("/org/config/%2e/clients", 400),
    ("/org/config/clients%3Fa", 400),
    ("/org/config/clients%23", 400),
    ("/org/config/clients%00", 400),
    ("/org/config/clients%0d%0aX:%20y", 400),
    ("/org/config/clients%5C", 400),
    ("/org/config/clients%E2%88%95x", 404),
    ("/org/config/clients%EF%BC%8Fx", 404),
    ("/org/config/%63lients", 404),
    ("/org/%63onfig/clients", 404),
    ("/org/config/clients%ZZ", 400),
    ("/org/config/clients%FF", 400),
    ("/org/config/clients.json", 404),
    ("/org/config/Clients", 404),
    ("/org/Config/clients", 404),
    ("/ORG/config/clients", 404),
    ("/org/config/tokenpolicies", 404),
    ("/org/config/" + "a/" * 250 + "a", 400),
    ("/org/config/" + "a" * 5000, 400),
]


@pytest.mark.parametrize(("raw", "status"), BAD_PATHS, ids=[raw[:40] for raw, _ in BAD_PATHS])
def test_rows_265_266_another_spelling_of_a_path_is_no_path(
    admin: Caller, raw: str, status: int
) -> None:
    """As sent by a client to a server that hands the raw path on."""
    header = f"Bearer {admin.token}"
    answer = Http().get(raw, HTTP_AUTHORIZATION=header, RAW_URI=f"{raw}?a=b")
    assert answer.status_code == status, answer.content


@pytest.mark.parametrize(("raw", "status"), BAD_PATHS, ids=[raw[:40] for raw, _ in BAD_PATHS])
def test_row_265_what_is_routed_is_what_was_allowed(raw: str, status: int) -> None:
    """Without the raw path, too, a token for one path gets nothing of another by any spelling."""
    caller = enrol("*:config/tokenPolicies/**")
    answer = Http().get(raw, HTTP_AUTHORIZATION=f"Bearer {caller.token}")
    assert answer.status_code in {400, 403, 404}


def test_row_265_a_raw_path_that_isnt_the_routed_one_is_no_path(admin: Caller) -> None:
    answer = admin.get("clients", RAW_URI="/org/config/tokenPolicies")
    assert answer.status_code == 404
    absolute = admin.get("clients", REQUEST_URI="http://testserver/org/config/clients")
    assert absolute.status_code == 200


@pytest.mark.parametrize("query", ["format=xml", "format=api", "format="])
def test_row_266_the_format_parameter_decides_nothing(admin: Caller, query: str) -> None:
    path = f"clients/{admin.client.client_id}"
    assert admin.get(f"{path}?{query}")["Content-Type"] == "application/json"
    assert admin.get(path, HTTP_ACCEPT="text/html")["Content-Type"] == "application/json"


@pytest.mark.parametrize("ident", ["*", "**", ".", "..", "a:b", "-"])
def test_row_267_an_id_that_looks_like_a_pattern_is_compared_literally(
    admin: Caller, ident: str
) -> None:
    answer = admin.get(f"clients/{ident}")
    assert answer.status_code == (400 if ident in {".", ".."} else 404)


@pytest.mark.parametrize(
    "scope",
    [
        "*:conf*",
        "*:**foo",
        "*:a/**/b",
        "*:" + "**/" * 50,
        "*:" + "a" * 65536,
        "",
        "*:/config",
        "*:",
        "+:config",
        "**:config",
        "*:config//clients",
        "*:config/",
        "*.**",
        "a b",
        "*:a\nb",
    ],
)
def test_rows_268_269_a_scope_outside_the_grammar_is_refused_when_written(
    admin: Caller, scope: str
) -> None:
    refused = admin.post("tokenPolicies", {"title": "New", "allowedScopes": [scope]})
    assert refused.status_code == 422
    assert refused.json()["errors"].startswith("allowedScopes ")
    assert len(refused.content) < 1000


def test_row_269_a_denial_wins_in_any_order_and_grants_nothing_alone() -> None:
    target = TokenPolicy.objects.create(title="Target", allowed_scopes=[])
    path, denial = f"tokenPolicies/{target.pk}", f"-:config/tokenPolicies/{target.pk}"
    for allowed in (["*:**", denial], [denial, "*:**"], [denial, denial, "*:**"]):
        caller = enrol(*allowed)
        assert caller.get(path).status_code == 403
        assert caller.get("tokenPolicies").status_code == 200
    assert enrol(denial).get("tokenPolicies").status_code == 403


@pytest.mark.parametrize("path", ["config/clients", "config/tokenPolicies/x", "login/jwk"])
def test_row_272_another_organisation_is_a_404(admin: Caller, path: str) -> None:
    for organization in ("acme", "ORG", "x" * 100, "a%00b"):
        answer = Http().get(f"/{organization}/{path}", HTTP_AUTHORIZATION=f"Bearer {admin.token}")
        assert answer.status_code == 404
        assert answer.json() == {"errors": "Not Found"}


def test_an_unknown_resource_is_a_404_for_those_who_may_and_a_403_for_others(
    admin: Caller,
) -> None:
    for method in ("GET", *WRITES):
        assert admin.call(method, "resources").status_code == 404
        assert enrol("*:config/clients").call(method, "resources").status_code == 403


@pytest.mark.parametrize("method", ["PATCH", "TRACE", "DELETE", "FOO", "PUT"])
def test_another_method_is_a_405_that_names_those_there_are(admin: Caller, method: str) -> None:
    answer = admin.call(method, "clients", {})
    assert (answer.status_code, answer.json()) == (405, {"errors": "Method Not Allowed"})
    assert {"GET", "POST"} <= set(answer["Allow"].replace(",", "").split())
