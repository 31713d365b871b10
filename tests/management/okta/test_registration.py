"""`/oauth2/v1/clients`: dynamic registration (rows 248-255)."""

from typing import Any, Final

import pytest
from django.forms.models import model_to_dict

from apps.clients.models import Client
from apps.management.api_tokens.models import ApiToken
from apps.management.api_tokens.services import revoke_api_token
from apps.systemlog.models import LogEvent
from authzsite.domain import limits
from tests.clients.keys import EC_KEY, PRIVATE_KEY
from tests.factories import TESTER, make_client, make_group, make_token_policy
from tests.management.caller import enrol
from tests.management.okta.caller import Program

pytestmark = pytest.mark.once  # no statement differs between the databases

CLIENTS: Final = "/oauth2/v1/clients"
BODY: Final[dict[str, Any]] = {
    "client_name": "Portal",
    "redirect_uris": ["https://portal.example/callback"],
}


def registrar(*allowed: str) -> Program:
    """A program with these scopes."""
    return Program(f"Bearer {enrol(*(allowed or ('okta.clients.register',))).token}")


def refusal(response: Any) -> str:
    """What OAuth's error says."""
    assert response.status_code == 400, response.content
    body = response.json()
    assert body.keys() == {"error", "error_description"}
    return f"{body['error']}: {body['error_description']}"


def test_a_client_is_registered_read_replaced_and_deleted(api: Program) -> None:
    made = api.post(CLIENTS, BODY)
    assert made.status_code == 201, made.content
    client = made.json()
    path = f"{CLIENTS}/{client['client_id']}"
    assert client["client_secret"] and client["client_secret_expires_at"] == 0
    assert (client["application_type"], client["grant_types"], client["response_types"]) == (
        "web",
        ["authorization_code"],
        ["code"],
    )
    shown = api.get(path).json()
    assert shown == {name: value for name, value in client.items() if name != "client_secret"}
    replaced = api.put(path, {**shown, "client_name": "Other"})
    assert replaced.status_code == 200 and replaced.json()["client_name"] == "Other"
    assert "client_secret" not in replaced.json()
    assert [one["client_id"] for one in api.get(f"{CLIENTS}?q=oth").json()] == [client["client_id"]]
    assert api.delete(path).status_code == 204
    gone = api.get(path)
    assert gone.status_code == 404 and gone.json()["errorCode"] == "E0000007"


def test_a_new_secret_takes_the_place_of_the_old(api: Program) -> None:
    client = api.post(CLIENTS, BODY).json()
    path = f"{CLIENTS}/{client['client_id']}/lifecycle/newSecret"
    made = api.post(path)
    assert made.status_code == 200, made.content
    assert made.json()["client_secret"] not in {"", client["client_secret"]}
    assert Client.objects.get(client_id=client["client_id"]).secrets.count() == 1
    public = make_client("browser")
    assert "client_secret" in refusal(api.post(f"{CLIENTS}/{public.client_id}/lifecycle/newSecret"))


def test_configuration_clients_are_not_here(api: Program) -> None:
    own = enrol("*:**").client
    assert api.get(CLIENTS).json() == []
    for method in ("GET", "DELETE"):
        assert api.call(method, f"{CLIENTS}/{own.client_id}").status_code == 404
    assert api.put(f"{CLIENTS}/{own.client_id}", BODY).status_code == 404
    assert api.post(f"{CLIENTS}/{own.client_id}/lifecycle/newSecret").status_code == 404
    assert "application_type" in refusal(api.post(CLIENTS, BODY | {"application_type": "config"}))


@pytest.mark.parametrize("credential", ["", "Bearer x", "SSWS x", "Basic eDp5"])
def test_row_248_nobody_registers_without_a_credential(db: None, credential: str) -> None:
    refused = Program(credential).post(CLIENTS, BODY)
    assert refused.status_code == 401 and refused.json()["errorCode"] == "E0000011"
    assert not Client.objects.exists()


def test_row_248_to_register_is_all_that_its_scope_allows(api: Program) -> None:
    caller, other = registrar(), api.post(CLIENTS, BODY).json()
    assert caller.post(CLIENTS, BODY).status_code == 201
    path = f"{CLIENTS}/{other['client_id']}"
    calls = [("GET", CLIENTS), ("GET", path), ("PUT", path), ("DELETE", path)]
    calls += [("POST", f"{path}/lifecycle/newSecret"), ("POST", "/api/v1/apps")]
    for method, address in calls:
        refused = caller.call(method, address, BODY)
        assert refused.status_code == 403, (method, address)
        assert "insufficient_scope" in refused["WWW-Authenticate"]


def test_r21_the_scope_is_covered_by_what_is_more_and_covers_nothing_itself() -> None:
    for allowed in ("okta.clients.manage", "*:oauth2/v1/**"):
        assert enrol(allowed).ask("okta.clients.register").json()["scope"] == (
            "okta.clients.register"
        )
    narrow = enrol("okta.clients.register")
    for wanted in (".:oauth2/v1/clients", "*:oauth2/v1/clients", "okta.clients.read"):
        assert "scope" not in narrow.ask(wanted).json()
    assert "scope" not in enrol("okta.clients.read").ask("okta.clients.register").json()


def test_row_260_nobody_hands_out_the_scope_without_holding_as_much() -> None:
    body = {"title": "R", "allowedScopes": ["okta.clients.register"]}
    assert enrol("*:config/**").post("tokenPolicies", body).status_code == 403
    for more in ("okta.clients.register", "okta.clients.manage"):
        policy = body | {"title": more}
        assert enrol("*:config/**", more).post("tokenPolicies", policy).status_code == 201
    denied = enrol("*:config/**", "okta.clients.register", "-:oauth2/**")
    assert denied.post("tokenPolicies", body | {"title": "D"}).status_code == 403


PRIVILEGED: Final[dict[str, Any]] = {
    "client_id": "chosen-by-caller",
    "client_secret": "chosen-by-the-caller",
    "client_secret_expires_at": 1,
    "client_id_issued_at": 1,
    "id": "0oaChosen",
    "type": "config",
    "status": "INACTIVE",
    "consent_method": "TRUSTED",
    "pkce_required": False,
    "token_policy": "POLICY",
    "tokenPolicy": "POLICY",
    "login_policy": "POLICY",
    "owners": ["GROUP"],
    "registered_by": "somebody",
    "version": 99,
    "epoch": 99,
    "created": "2001-01-01T00:00:00Z",
    "allowed_origins": ["https://evil.example"],
    "rotation_type": "STATIC",
    "leeway": 0,
    "scope": "okta.users.manage openid",
    "is_staff": True,
    "_links": {"self": {"href": "https://evil.example"}},
    "__proto__": {"x": 1},
}


def test_row_249_what_a_registration_doesnt_decide_is_ignored(api: Program) -> None:
    plain = stored(registrar().post(CLIENTS, BODY))
    names = {"POLICY": make_token_policy().pk, "GROUP": make_group().pk}
    more = {k: names.get(v, v) if isinstance(v, str) else v for k, v in PRIVILEGED.items()}
    more["owners"] = [names["GROUP"]]
    own = {"client_id", "registered_by"}
    for caller in (registrar(), registrar()):
        assert (
            stored(caller.post(CLIENTS, BODY | more)).items()
            >= {name: value for name, value in plain.items() if name not in own}.items()
        )
    assert not Client.objects.filter(client_id="chosen-by-caller").exists()


def stored(response: Any) -> dict[str, Any]:
    """All of the row, but for what is new in every row."""
    assert response.status_code == 201, response.content
    client = Client.objects.get(client_id=response.json()["client_id"])
    fields = [field.name for field in Client._meta.get_fields() if field.concrete]
    row = {name: getattr(client, name) for name in fields if name not in {"owners"}}
    row["owners"] = list(client.owners.all())
    assert model_to_dict(client)["token_policy"] is None
    return {k: v for k, v in row.items() if k not in {"id", "created", "last_updated", "epoch"}}


def test_row_249_who_may_only_register_makes_no_client_that_acts_for_itself() -> None:
    service = {
        "client_name": "Robot",
        "application_type": "service",
        "grant_types": ["client_credentials"],
        "response_types": ["token"],
    }
    assert "grant_types" in refusal(registrar().post(CLIENTS, service))
    assert registrar("okta.clients.manage").post(CLIENTS, service).status_code == 201


def test_row_249_row_243_who_may_only_register_makes_no_first_party_client(api: Program) -> None:
    for caller, consent in ((registrar(), "REQUIRED"), (api, "TRUSTED")):
        made = caller.post(CLIENTS, BODY).json()
        assert Client.objects.get(client_id=made["client_id"]).consent_method == consent


def test_row_252_a_credential_counts_in_its_header_and_while_it_lives(api: Program) -> None:
    text = api.authorization.removeprefix("SSWS ")
    for name in ("access_token", "token", "api_token"):
        assert Program("").post(f"{CLIENTS}?{name}={text}", BODY).status_code == 401
        assert "not known" in refusal(api.post(f"{CLIENTS}?{name}=x", BODY))
    row = ApiToken.objects.get()
    assert text not in (row.digest, row.name, row.last_four)
    revoke_api_token(actor=TESTER, token_id=row.pk)
    assert api.post(CLIENTS, BODY).status_code == 401


def test_row_252_a_registered_client_may_do_nothing_here(api: Program) -> None:
    first, second = (api.post(CLIENTS, BODY).json() for _ in range(2))
    caller = Program(f"Bearer {first['client_secret']}")
    for client in (first, second):
        assert caller.get(f"{CLIENTS}/{client['client_id']}").status_code == 401


@pytest.mark.parametrize(
    ("changed", "member"),
    [
        ({"application_type": "native"}, "application_type"),
        ({"client_id": "another-id"}, "client_id"),
        ({"redirect_uris": None}, "redirect_uris"),
        ({"redirect_uris": ["com.example.app:/x"]}, "redirect_uris"),
        ({"grant_types": ["refresh_token"]}, "grant_types"),
        ({"grant_types": ["client_credentials"]}, "grant_types"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        ({"response_types": ["token"]}, "response_types"),
        ({"client_name": None}, "client_name"),
    ],
)
def test_row_253_every_rule_is_checked_on_the_whole_result(
    api: Program, changed: dict[str, Any], member: str
) -> None:
    client = api.post(CLIENTS, BODY).json()
    path = f"{CLIENTS}/{client['client_id']}"
    assert member in refusal(api.put(path, {**client, **changed}))
    assert api.get(path).json()["client_name"] == "Portal"


def test_row_253_a_client_that_becomes_public_needs_pkce_and_loses_its_secrets(
    api: Program,
) -> None:
    made = api.post(CLIENTS, BODY).json()
    path = f"{CLIENTS}/{made['client_id']}"
    public = api.put(path, {**made, "token_endpoint_auth_method": "none"})
    assert public.status_code == 200, public.content
    client = Client.objects.get(client_id=made["client_id"])
    assert client.pkce_required and not client.secrets.exists()
    again = api.put(path, {**public.json(), "token_endpoint_auth_method": "client_secret_post"})
    assert again.json()["client_secret"] != made["client_secret"]


def test_row_254_there_is_a_quota_for_each_caller(
    api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_REGISTERED_CLIENTS", 2)
    caller = registrar()
    assert [caller.post(CLIENTS, BODY).status_code for _ in range(3)] == [201, 201, 403]
    assert registrar().post(CLIENTS, BODY).status_code == 201
    first = Client.objects.exclude(registered_by="").order_by("created").first()
    assert first is not None and api.delete(f"{CLIENTS}/{first.client_id}").status_code == 204
    assert caller.post(CLIENTS, BODY).status_code == 201


def test_row_255_keys_come_from_one_place(api: Program) -> None:
    keys = {"jwks": {"keys": [EC_KEY | {"kid": "a"}]}, "jwks_uri": "https://keys.example/jwks"}
    assert refusal(api.post(CLIENTS, BODY | keys)).startswith("invalid_client_metadata")
    statement = BODY | {"software_statement": "eyJhbGciOiJub25lIn0.e30."}
    assert refusal(api.post(CLIENTS, statement)).startswith("invalid_software_statement")
    private = BODY | {"jwks": {"keys": [PRIVATE_KEY]}}
    assert "public keys only" in refusal(api.post(CLIENTS, private))
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{", b'{"client_name": NaN}', b'{"a":1,"a":2}', b"[" * 10**5],
)
def test_row_278_what_is_no_metadata_is_refused_in_oauths_words(api: Program, body: bytes) -> None:
    assert refusal(api.post(CLIENTS, body)).startswith("invalid_client_metadata")


def test_row_284_a_name_that_comes_again_revives_nothing(api: Program) -> None:
    made = api.post(CLIENTS, BODY).json()
    api.delete(f"{CLIENTS}/{made['client_id']}")
    assert api.post(CLIENTS, BODY).json()["client_id"] != made["client_id"]


def test_r24_a_registration_is_in_the_log(api: Program) -> None:
    made = api.post(CLIENTS, BODY).json()
    client = Client.objects.get(client_id=made["client_id"])
    types = set(LogEvent.objects.filter(client_id=client.pk).values_list("event_type", flat=True))
    assert {"application.lifecycle.create", "app.oauth2.client.lifecycle.create"} <= types
