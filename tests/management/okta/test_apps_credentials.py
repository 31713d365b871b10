"""`/api/v1/apps/{id}/credentials`: secrets and public keys."""

from typing import Any

import pytest

from apps.clients.compile import compile_client
from apps.clients.models import Client, ClientSecret
from tests.clients.keys import EC_KEY, ED_KEY, PRIVATE_KEY, RSA_KEY, SYMMETRIC_KEY, WEAK_KEY
from tests.factories import make_client
from tests.management.caller import enrol
from tests.management.okta.caller import Program, cause_of
from tests.management.okta.shapes_of_apps import app_body

pytestmark = pytest.mark.once  # no statement differs between the databases


@pytest.fixture
def app(db: None) -> Client:
    """A service with a secret."""
    return make_client("service")


@pytest.fixture
def signer(db: None) -> Client:
    """A service that signs."""
    method = "private_key_jwt"
    return make_client(
        "service", token_endpoint_auth_method=method, jwks={"keys": [EC_KEY | {"kid": "a"}]}
    )


def test_r5_a_secret_is_rotated_with_overlap(api: Program, app: Client) -> None:
    path = f"apps/{app.pk}/credentials/secrets"
    (old,) = api.get(path).json()
    made = api.post(path)
    assert made.status_code == 201 and made.json()["client_secret"]
    assert compile_client(app.pk).secrets[1].is_active
    third = api.post(path)
    assert third.status_code == 400
    assert "OAuth2ClientSecretMediated" in cause_of(third) and "maximum" in cause_of(third)
    refused = api.delete(f"{path}/{old['id']}")
    assert refused.status_code == 400 and "INACTIVE" in cause_of(refused)
    stopped = api.post(f"{path}/{old['id']}/lifecycle/deactivate")
    assert stopped.status_code == 200 and stopped.json()["status"] == "INACTIVE"
    only = api.post(f"{path}/{made.json()['id']}/lifecycle/deactivate")
    assert only.status_code == 400 and "only ACTIVE" in cause_of(only)
    again = api.post(f"{path}/{old['id']}/lifecycle/activate")
    assert again.json()["status"] == "ACTIVE"
    api.post(f"{path}/{old['id']}/lifecycle/deactivate")
    assert api.delete(f"{path}/{old['id']}").status_code == 204
    assert [one["id"] for one in api.get(path).json()] == [made.json()["id"]]


def test_r15_a_rotation_of_secrets_ends_nothing(api: Program, app: Client) -> None:
    before = Client.objects.get(pk=app.pk).epoch
    api.post(f"apps/{app.pk}/credentials/secrets")
    assert Client.objects.get(pk=app.pk).epoch == before


def test_a_secret_may_be_chosen_and_begin_inactive(api: Program, app: Client) -> None:
    body = {"client_secret": "chosen-by-somebody-else", "status": "INACTIVE"}
    made = api.post(f"apps/{app.pk}/credentials/secrets", body).json()
    assert (made["client_secret"], made["status"]) == (body["client_secret"], "INACTIVE")
    assert ClientSecret.objects.get(pk=made["id"]).kind == "argon2id"


def test_row_283_nothing_that_is_read_helps_to_use_or_check_a_secret(
    api: Program, app: Client
) -> None:
    row = app.secrets.get()
    path = f"apps/{app.pk}/credentials/secrets"
    for shown in (api.get(path), api.get(f"{path}/{row.pk}")):
        text = shown.content.decode()
        assert row.digest not in text and row.digest[:16] not in text
        assert row.last_four not in (shown.json() if "id" in shown.json() else shown.json()[0])
        assert "client_secret" not in text.replace("client_secret_", "")


def test_row_258_a_secret_of_another_application_is_not_found(api: Program, app: Client) -> None:
    other = make_client("service").secrets.get()
    path = f"apps/{app.pk}/credentials/secrets/{other.pk}"
    assert api.get(path).status_code == api.delete(path).status_code == 404
    assert api.post(f"{path}/lifecycle/deactivate").status_code == 404
    other.refresh_from_db()
    assert other.status == "ACTIVE"


@pytest.mark.parametrize(
    ("scope", "status"),
    [("okta.apps.read", 403), (".:**", 403), ("okta.apps.manage", 200), ("*:api/v1/apps/**", 200)],
)
def test_row_271_reading_is_not_enough_for_secrets(app: Client, scope: str, status: int) -> None:
    caller = Program(f"Bearer {enrol(scope).token}")
    assert caller.get(f"apps/{app.pk}").status_code == 200
    answer = caller.get(f"apps/{app.pk}/credentials/secrets")
    assert answer.status_code == status
    if status == 403:
        assert f'scope="*:api/v1/apps/{app.pk}/credentials/secrets"' in answer["WWW-Authenticate"]


def test_row_271_an_auditor_reads_no_secrets(auditor: Program, app: Client) -> None:
    assert auditor.get(f"apps/{app.pk}").status_code == 200
    assert auditor.get(f"apps/{app.pk}/credentials/secrets").status_code == 403


def test_keys_are_added_set_aside_and_removed(api: Program, signer: Client) -> None:
    path = f"apps/{signer.pk}/credentials/jwks"
    (first,) = api.get(path).json()
    made = api.post(path, RSA_KEY | {"kid": "b"})
    assert made.status_code == 201, made.content
    assert api.get(f"{path}/{made.json()['id']}").json() == made.json()
    assert kids(signer) == {"a", "b"}
    assert api.delete(f"{path}/{first['id']}").status_code == 400
    stopped = api.post(f"{path}/{first['id']}/lifecycle/deactivate")
    assert stopped.json()["status"] == "INACTIVE" and kids(signer) == {"b"}
    assert len(api.get(path).json()) == 2
    only = api.post(f"{path}/{made.json()['id']}/lifecycle/deactivate")
    assert only.status_code == 400 and "only ACTIVE" in cause_of(only)
    assert api.post(f"{path}/{first['id']}/lifecycle/activate").json()["status"] == "ACTIVE"
    api.post(f"{path}/{first['id']}/lifecycle/deactivate")
    assert api.delete(f"{path}/{first['id']}").status_code == 204
    assert api.get(f"{path}/{first['id']}").status_code == 404


def kids(client: Client) -> set[str]:
    """The names of the keys that may verify."""
    jwks = compile_client(client.pk).jwks or {}
    return {key["kid"] for key in jwks["keys"]}


def test_a_key_without_a_name_gets_one(api: Program, signer: Client) -> None:
    made = api.post(f"apps/{signer.pk}/credentials/jwks", dict(ED_KEY, kid=None)).json()
    assert made["kid"] and kids(signer) == {"a", made["kid"]}


def test_r15_each_change_of_keys_ends_the_clients_tokens(api: Program, signer: Client) -> None:
    before = Client.objects.get(pk=signer.pk).epoch
    api.post(f"apps/{signer.pk}/credentials/jwks", RSA_KEY | {"kid": "b"})
    assert Client.objects.get(pk=signer.pk).epoch == before + 1


@pytest.mark.parametrize(
    "key",
    [
        PRIVATE_KEY | {"kid": "p"},
        SYMMETRIC_KEY,
        WEAK_KEY | {"kid": "w"},
        {"kty": "RSA", "kid": "x"},
        {},
        EC_KEY | {"kid": "b", "use": "enc"},
        EC_KEY | {"kid": "a"},
        RSA_KEY | {"kid": "a"},
    ],
)
@pytest.mark.parametrize("status", ["ACTIVE", "INACTIVE"])
def test_a_bad_key_is_refused(
    api: Program, signer: Client, key: dict[str, Any], status: str
) -> None:
    refused = api.post(f"apps/{signer.pk}/credentials/jwks", key | {"status": status})
    assert refused.status_code == 400, refused.content
    assert Client.objects.get(pk=signer.pk).jwks == signer.jwks


def test_there_are_fifty_keys_at_most_those_set_aside_included(
    api: Program, signer: Client
) -> None:
    keys = [EC_KEY | {"kid": f"k{number}"} for number in range(49)]
    Client.objects.filter(pk=signer.pk).update(jwks={"keys": signer.jwks["keys"], "inactive": keys})
    refused = api.post(f"apps/{signer.pk}/credentials/jwks", RSA_KEY | {"kid": "more"})
    assert refused.status_code == 400 and "50" in cause_of(refused)


def test_a_replacement_loses_no_keys(api: Program, signer: Client) -> None:
    path = f"apps/{signer.pk}"
    added = api.post(f"{path}/credentials/jwks", RSA_KEY | {"kid": "b", "status": "INACTIVE"})
    assert added.status_code == 201
    stored = Client.objects.get(pk=signer.pk).jwks
    app = api.get(path).json()
    assert api.put(path, app).status_code == 200
    assert Client.objects.get(pk=signer.pk).jwks == stored
    thinned = [{"id": key["id"], "status": key["status"]} for key in jwks_in(app)]
    app["settings"]["oauthClient"]["jwks"]["keys"] = thinned
    assert api.put(path, app).status_code == 200
    del app["settings"]["oauthClient"]["jwks"]
    assert api.put(path, app).status_code == 200
    assert Client.objects.get(pk=signer.pk).jwks == stored


def jwks_in(app: dict[str, Any]) -> list[dict[str, Any]]:
    """The keys inside of an application."""
    return list(app["settings"]["oauthClient"]["jwks"]["keys"])


def test_an_application_is_created_with_keys(api: Program) -> None:
    body = app_body(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [RSA_KEY | {"kid": "r"}]}
    )
    made = api.post("apps", body)
    assert made.status_code == 200, made.content
    assert "client_secret" not in made.json()["credentials"]["oauthClient"]
    assert jwks_in(made.json())[0]["kid"] == "r"
    private = app_body(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [PRIVATE_KEY | {"kid": "r"}]}
    )
    assert api.post("apps", private).status_code == 400
