"""`/{org}/config/loginPolicies` (rows 271 and 274)."""

from typing import Any

import pytest
from django.test import Client as Http

from apps.clients.models import Client, LoginPolicy
from apps.clients.services import owner_secret_is
from apps.systemlog.models import LogEvent
from tests.factories import make_client
from tests.logbook import everything
from tests.management.caller import Caller, enrol
from tests.oauth import flow

pytestmark = pytest.mark.once  # no statement differs between the databases

SECRET = "owner-secret-that-nobody-shows"
CONNECTION = {
    "domain": "store.example.com",
    "applicationId": "app1",
    "entityType": "user",
    "clientId": "owner1",
    "clientSecret": SECRET,
}
POLICY: dict[str, Any] = {
    "title": "Sign-in",
    "loginURL": "https://sso.example.com/org/auth-ui/v2/login",
    "identityStoreDetails": {"type": "janrainCapture", "connectionDetails": CONNECTION},
    "customClaims": {"userinfo": {"loyalty": "loyalty.level"}},
}


def made(admin: Caller, **members: Any) -> str:
    answer = admin.post("loginPolicies", POLICY | members)
    assert answer.status_code == 201, answer.content
    ident: str = answer.json()
    assert answer["Location"] == f"/org/config/loginPolicies/{ident}"
    return ident


def test_a_login_policy_is_made_listed_and_read_without_the_owners_secret(admin: Caller) -> None:
    ident = made(admin)
    links = {"self": {"href": f"/org/config/loginPolicies/{ident}"}}
    without = {name: value for name, value in CONNECTION.items() if name != "clientSecret"}
    store = {"type": "janrainCapture", "connectionDetails": without}
    body = POLICY | {"id": ident, "identityStoreDetails": store, "_links": links}
    assert admin.get(f"loginPolicies/{ident}").json() == body
    assert admin.get("loginPolicies").json() == {
        "total": 1,
        "_embedded": {"loginPolicies": [{"id": ident, "title": "Sign-in", "_links": links}]},
    }


def test_row_271_the_owners_secret_is_sealed_at_rest_and_in_no_answer(admin: Caller) -> None:
    ident = made(admin)
    policy = LoginPolicy.objects.get(pk=ident)
    assert SECRET.encode() not in bytes(policy.sealed_owner_secret)
    assert owner_secret_is(policy, SECRET) and not owner_secret_is(policy, SECRET + "x")
    changed = admin.put(f"loginPolicies/{ident}", POLICY | {"title": "Other"})
    for answer in (admin.get(f"loginPolicies/{ident}"), admin.get("loginPolicies"), changed):
        assert answer.status_code == 200 and SECRET not in answer.content.decode()
    assert SECRET not in everything()


def test_row_271_a_sealed_secret_opens_in_no_other_row(admin: Caller) -> None:
    first, second = made(admin), made(admin, title="Second")
    sealed = LoginPolicy.objects.get(pk=first).sealed_owner_secret
    LoginPolicy.objects.filter(pk=second).update(sealed_owner_secret=sealed)
    assert not owner_secret_is(LoginPolicy.objects.get(pk=second), SECRET)


def test_title_url_and_claims_can_be_changed_and_each_change_is_logged_field_by_field(
    admin: Caller,
) -> None:
    ident = made(admin)
    body = {"title": "New", "loginURL": "https://sso.example.com/login"}
    changed = admin.put(f"loginPolicies/{ident}", body)
    assert changed.status_code == 200, changed.content
    shown = changed.json()
    assert (shown["title"], shown["loginURL"], shown["customClaims"]) == (*body.values(), {})
    event = LogEvent.objects.get(event_type="login_policy.lifecycle.update")
    assert "loyalty.level" in str(event.body) and "https://sso.example.com/login" in str(event.body)


@pytest.mark.parametrize(
    "change",
    [
        {"domain": "other.example.com"},
        {"applicationId": "app2"},
        {"entityType": "company"},
        {"clientId": "owner2"},
        {"clientSecret": "another-secret"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_identity_store_cant_be_changed(admin: Caller, change: dict[str, str]) -> None:
    ident = made(admin)
    store = {"type": "janrainCapture", "connectionDetails": CONNECTION | change}
    refused = admin.put(f"loginPolicies/{ident}", POLICY | {"identityStoreDetails": store})
    assert refused.status_code == 422
    assert refused.json() == {"errors": "identityStoreDetails cannot be changed"}
    assert owner_secret_is(LoginPolicy.objects.get(pk=ident), SECRET)


def test_what_was_read_can_be_written_back(admin: Caller) -> None:
    ident = made(admin)
    read = admin.get(f"loginPolicies/{ident}")
    again = admin.put(f"loginPolicies/{ident}", read.json(), HTTP_IF_MATCH=read["ETag"])
    assert (again.status_code, again.json()) == (200, read.json())
    assert not LogEvent.objects.filter(event_type="login_policy.lifecycle.update").exists()


def test_row_274_a_stale_validator_is_a_412_and_changes_nothing(admin: Caller) -> None:
    ident = made(admin)
    path = f"loginPolicies/{ident}"
    old = admin.get(path)["ETag"]
    assert admin.put(path, POLICY | {"title": "First"}, HTTP_IF_MATCH=old).status_code == 200
    assert admin.put(path, POLICY | {"title": "Second"}, HTTP_IF_MATCH=old).status_code == 412
    assert admin.delete(path, HTTP_IF_MATCH=old).status_code == 412
    assert LoginPolicy.objects.get(pk=ident).title == "First"


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"loginURL": "javascript:alert(1)"}, "loginURL"),
        ({"loginURL": "http://"}, "loginURL"),
        ({"customClaims": {"idtoken": {}}}, "customClaims"),
        ({"customClaims": {"userinfo": ["a"]}}, "customClaims"),
        ({"customClaims": {"userinfo": {"sub": "uuid"}}}, "customClaims"),
        ({"customClaims": {"userinfo": {"a": "b..c"}}}, "customClaims"),
        ({"customClaims": {"userinfo": {"a": 1}}}, "customClaims"),
        ({"customClaims": {"userinfo": {f"c{n}": "a" for n in range(101)}}}, "customClaims"),
        (
            {"identityStoreDetails": {"type": "other", "connectionDetails": CONNECTION}},
            "identityStoreDetails.type",
        ),
        (
            {
                "identityStoreDetails": {
                    "type": "janrainCapture",
                    "connectionDetails": CONNECTION | {"domain": ""},
                }
            },
            "identityStoreDetails.connectionDetails.domain",
        ),
    ],
)
def test_what_a_policy_may_hold(admin: Caller, members: dict[str, Any], text: str) -> None:
    refused = admin.post("loginPolicies", POLICY | members)
    assert refused.status_code == 422, refused.content
    assert refused.json()["errors"].startswith(f"{text} ")
    assert not LoginPolicy.objects.exists()


@pytest.mark.parametrize(
    "members",
    [
        {"title": None},
        {"title": 1},
        {"loginURL": None},
        {"customClaims": "text"},
        {"identityStoreDetails": None},
        {"identityStoreDetails": "x"},
        {"identityStoreDetails": {"type": "janrainCapture"}},
        {"identityStoreDetails": {"type": "janrainCapture", "connectionDetails": []}},
        {
            "identityStoreDetails": {
                "type": "janrainCapture",
                "connectionDetails": CONNECTION | {"clientSecret": 1},
            }
        },
    ],
)
def test_row_278_a_member_of_another_type_is_a_400(admin: Caller, members: dict[str, Any]) -> None:
    refused = admin.post("loginPolicies", POLICY | members)
    assert refused.status_code == 400, refused.content
    assert list(refused.json()) == ["errors"]


@pytest.mark.parametrize("missing", ["title", "loginURL", "identityStoreDetails", "clientSecret"])
def test_what_a_new_policy_needs(admin: Caller, missing: str) -> None:
    connection = {name: value for name, value in CONNECTION.items() if name != missing}
    store = {"type": "janrainCapture", "connectionDetails": connection}
    body = POLICY | {"identityStoreDetails": store}
    body.pop(missing, None)
    refused = admin.post("loginPolicies", body)
    assert refused.status_code == 400
    assert f"{missing} is required" in refused.json()["errors"]


def test_a_title_is_given_once(admin: Caller) -> None:
    made(admin)
    refused = admin.post("loginPolicies", POLICY)
    assert (refused.status_code, refused.json()) == (409, {"errors": "title is already in use"})


def test_a_client_refers_to_one_and_keeps_it_from_being_deleted(admin: Caller) -> None:
    ident, other = made(admin), made(admin, title="Other")
    body = {
        "name": "Shop",
        "type": "public",
        "redirectURIs": ["https://shop.example.com/callback"],
        "tokenPolicy": admin.client.token_policy_id,
        "loginPolicy": ident,
    }
    client = admin.post("clients", body).json()
    assert client["loginPolicy"] == ident
    refused = admin.delete(f"loginPolicies/{ident}")
    assert refused.status_code == 409
    assert refused.json() == {"errors": f'["/customers/org/clients/{client["id"]}"]\n'}
    path = f"clients/{client['id']}"
    assert admin.put(path, body | {"loginPolicy": other}).json()["loginPolicy"] == other
    assert admin.delete(f"loginPolicies/{ident}").status_code == 204
    assert admin.get(f"loginPolicies/{ident}").status_code == 404
    assert Client.objects.get(client_id=client["id"]).login_policy_id == other


@pytest.mark.parametrize("given", [None, "nothing", "absent"])
def test_a_clients_login_policy_is_replaced_and_never_removed(
    admin: Caller, given: str | None
) -> None:
    client = make_client("web")
    Client.objects.filter(pk=client.pk).update(login_policy_id=made(admin))
    body: dict[str, Any] = {
        "name": client.name,
        "redirectURIs": client.redirect_uris,
        "tokenPolicy": None,
        "loginPolicy": given,
    }
    if given == "absent":
        del body["loginPolicy"]
    refused = admin.put(f"clients/{client.client_id}", body)
    assert refused.status_code == 422
    assert refused.json()["errors"].startswith("loginPolicy ")


def test_a_configuration_client_has_no_login_policy(admin: Caller) -> None:
    body = {
        "name": "Machine",
        "type": "configuration",
        "tokenPolicy": admin.client.token_policy_id,
        "loginPolicy": made(admin),
    }
    refused = admin.post("clients", body)
    assert refused.status_code == 422
    assert refused.json()["errors"].startswith("loginPolicy ")


def test_row_262_a_reader_reads_them_and_changes_none(admin: Caller) -> None:
    ident = made(admin)
    reader = enrol(".:config/**")
    assert reader.get(f"loginPolicies/{ident}").status_code == 200
    for answer in (
        reader.post("loginPolicies", POLICY | {"title": "Mine"}),
        reader.put(f"loginPolicies/{ident}", POLICY | {"title": "Mine"}),
        reader.delete(f"loginPolicies/{ident}"),
    ):
        assert (answer.status_code, answer.json()) == (403, {"errors": "Forbidden"})
    assert LoginPolicy.objects.get().title == "Sign-in"


def test_r15_no_token_stands_on_a_login_policy(admin: Caller) -> None:
    first, second = made(admin), made(admin, title="Second")
    world = flow.make_world()
    token = flow.login_tokens(world)["access_token"]
    body = {
        "name": world.client.name,
        "redirectURIs": world.client.redirect_uris,
        "tokenPolicy": None,
    }
    for policy in (first, second):
        path = f"clients/{world.client.client_id}"
        assert admin.put(path, body | {"loginPolicy": policy}).status_code == 200
    changed = POLICY | {"title": "Changed", "loginURL": "https://sso.example.com/other"}
    assert admin.put(f"loginPolicies/{second}", changed).status_code == 200
    assert admin.delete(f"loginPolicies/{first}").status_code == 204
    header = f"Bearer {token}"
    told = Http().get(flow.address(world, "userinfo"), HTTP_AUTHORIZATION=header)
    assert told.status_code == 200
