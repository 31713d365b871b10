"""The organisation's own server at Okta's addresses."""

import base64
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from django.conf import settings
from django.test import Client as Http
from joserfc import jwt
from joserfc.jwk import RSAKey

from apps.clients.models import Client
from tests.factories import make_client, make_server, make_token_policy
from tests.management.caller import FORM, enrol, form_of
from tests.management.okta.caller import Program

pytestmark = pytest.mark.once  # no statement differs between the databases

KEY: Final = RSAKey.generate_key(2048, {"kid": "k1"})
BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN: Final = f"{settings.BASE_URL}/oauth2/v1/token"


@dataclass
class Machine:
    """A configuration client with a key of its own, as Okta's SDKs hold one."""

    client: Client
    audience: str = TOKEN
    headers: dict[str, Any] = field(default_factory=dict)

    def assertion(self) -> str:
        claims = {
            "iss": self.client.client_id,
            "sub": self.client.client_id,
            "aud": self.audience,
            "exp": int(time.time()) + 3000,
            "jti": uuid.uuid4().hex,
        }
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, KEY, ["RS256"])

    def post(self, path: str, **form: str) -> Any:
        signed = {"client_assertion_type": BEARER, "client_assertion": self.assertion()}
        return Http().post(f"/oauth2/v1/{path}", form_of(form | signed), FORM, **self.headers)

    def ask(self, scope: str) -> Any:
        return self.post("token", grant_type="client_credentials", scope=scope)

    def program(self, scope: str) -> Program:
        return Program(f"Bearer {self.ask(scope).json()['access_token']}")


def machine(*allowed: str, **options: Any) -> Machine:
    """A new one whose token policy allows this."""
    client = make_client(
        "config",
        token_policy=make_token_policy(allowed_scopes=list(allowed)),
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [KEY.as_dict(private=False)]},
    )
    return Machine(client, **options)


def test_a_signed_assertion_for_the_address_gets_okta_scopes() -> None:
    answer = machine("okta.users.read", "okta.apps.manage").ask("okta.users.read okta.apps.read")
    assert answer.status_code == 200, answer.content
    assert answer.json()["token_type"] == "Bearer"
    assert set(answer.json()["scope"].split()) == {"okta.users.read", "okta.apps.read"}


@pytest.mark.parametrize("allowed", ["okta.apps.manage", "*:api/v1/apps/**", "*:**", ".:api/**"])
def test_r21_a_read_is_covered_by_a_manage_or_a_pattern(allowed: str) -> None:
    caller = machine(allowed).program("okta.apps.read")
    assert caller.get("apps").status_code == 200
    refused = caller.post("apps", {})
    assert refused.status_code == 403
    assert "insufficient_scope" in refused["WWW-Authenticate"]


def test_r3_what_the_policy_doesnt_allow_is_dropped() -> None:
    answer = machine("okta.users.read").ask("okta.users.manage okta.users.read")
    assert answer.json()["scope"] == "okta.users.read"
    nothing = machine("okta.users.read").ask("okta.apps.read")
    assert nothing.status_code == 200 and "scope" not in nothing.json()


@pytest.mark.parametrize(
    ("audience", "status"),
    [
        (TOKEN, 200),
        (settings.BASE_URL, 200),
        (f"{settings.BASE_URL}/", 401),
        (f"{settings.BASE_URL}/oauth2/default/v1/token", 401),
        ("https://elsewhere.example/oauth2/v1/token", 401),
    ],
)
def test_an_assertion_is_for_the_endpoint_or_its_issuer(audience: str, status: int) -> None:
    answer = machine("*:**", audience=audience).ask(".:**")
    assert answer.status_code == status, answer.content


def test_an_assertion_counts_once_at_either_address() -> None:
    caller = machine("*:**", audience=settings.BASE_URL)
    form = form_of(
        {
            "grant_type": "client_credentials",
            "client_assertion_type": BEARER,
            "client_assertion": caller.assertion(),
        }
    )
    assert Http().post("/oauth2/v1/token", form, FORM).status_code == 200
    assert Http().post("/oauth2/v1/token", form, FORM).status_code == 401
    assert Http().post("/org/login/token", form, FORM).status_code == 401


def test_a_dpop_proof_is_answered_with_a_bearer_token() -> None:
    answer = machine("*:**", headers={"HTTP_DPOP": "eyJ.e30.x"}).ask(".:**")
    assert answer.status_code == 200 and answer.json()["token_type"] == "Bearer"


def test_introspection_and_revocation_answer_at_the_same_place() -> None:
    caller = machine("*:**")
    token = caller.ask(".:**").json()["access_token"]
    assert caller.post("introspect", token=token).json()["active"] is True
    gone = caller.post("revoke", token=token)
    assert (gone.status_code, gone.content) == (200, b"")
    assert caller.post("introspect", token=token).json() == {"active": False}


def test_a_token_of_the_one_address_is_one_of_the_other() -> None:
    caller = enrol("*:**")
    header = f"Bearer {caller.token}"
    assert Program(header).get("authorizationServers").status_code == 200
    secret = base64.b64encode(f"{caller.client.client_id}:{caller.secret}".encode()).decode()
    shown = Http().post(
        "/oauth2/v1/introspect",
        form_of({"token": caller.token}),
        FORM,
        HTTP_AUTHORIZATION=f"Basic {secret}",
    )
    assert shown.json()["active"] is True


def test_the_documents_at_the_root_name_the_root_as_issuer() -> None:
    for name in ("openid-configuration", "oauth-authorization-server"):
        document = Http().get(f"/.well-known/{name}").json()
        assert document["issuer"] == settings.BASE_URL
        assert document["token_endpoint"] == TOKEN
        for member in ("introspection_endpoint", "revocation_endpoint", "registration_endpoint"):
            path = document[member].removeprefix(settings.BASE_URL)
            assert Http().options(path).status_code != 404
    keys = Http().get(document["jwks_uri"].removeprefix(settings.BASE_URL)).json()
    assert keys["keys"] and all("d" not in key for key in keys["keys"])


def test_a_jwt_names_the_issuer_whose_document_has_its_keys_wherever_it_was_asked_for() -> None:
    caller = enrol("*:**", use_access_jwt=True)
    secret = base64.b64encode(f"{caller.client.client_id}:{caller.secret}".encode()).decode()
    form = form_of({"grant_type": "client_credentials", "scope": ".:**"})
    issuers = set()
    for path in ("/oauth2/v1/token", "/org/login/token"):
        answer = Http().post(path, form, FORM, HTTP_AUTHORIZATION=f"Basic {secret}").json()
        payload = answer["access_token"].split(".")[1]
        issuers.add(json.loads(base64.urlsafe_b64decode(payload + "=="))["iss"])
    [issuer] = issuers
    at = issuer.removeprefix(settings.BASE_URL)
    document = Http().get(f"{at}/.well-known/openid-configuration").json()
    assert document["issuer"] == issuer == f"{settings.BASE_URL}/org/login"
    keys = Http().get(document["jwks_uri"].removeprefix(settings.BASE_URL)).json()
    assert keys == Http().get("/oauth2/v1/keys").json()


def test_terraforms_first_document_says_which_organisation_this_is() -> None:
    answer = Http().get("/.well-known/okta-organization")
    body = answer.json()
    assert answer.status_code == 200 and body["pipeline"] in {"idx", "v1"}
    assert body["id"] and body["_links"]["organization"]["href"] == settings.BASE_URL
    assert not answer.cookies


def test_row_267_no_server_takes_the_addresses_of_the_organisation(api: Program) -> None:
    with pytest.raises(Exception, match="reserved"):
        make_server("v1")
    for path in ("/oauth2/v1/v1/token", "/oauth2/v1/.well-known/openid-configuration"):
        assert Http().get(path).status_code in {404, 405}
