"""Identity Cloud's troubleshooting pages, as far as they apply here: each
symptom, how its cause is told, and the fix.

Not here: `verify_email_url`, flows, allow lists of social login, `site_name`, locales and
redelivery, which are of products that this isn't.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Http

from apps.clients.models import Client
from apps.tokens.models import AccessToken
from tests.management.caller import FORM, Caller, enrol, form_of
from tests.management.test_login_policies import CONNECTION, POLICY
from tests.oauth import flow

pytestmark = pytest.mark.once  # no statement differs between the databases

FORBIDDEN = {"errors": "Forbidden"}


def put_uris(admin: Caller, client: Client, *uris: str) -> Any:
    body = {"name": client.name, "redirectURIs": uris, "tokenPolicy": client.token_policy_id}
    return admin.put(f"clients/{client.client_id}", body)


def test_you_get_back_an_administrative_access_token_that_doesnt_work() -> None:
    caller = enrol("*:**")
    for asked, scope in ((".:**", ".:**"), ("XXXXX", None)):
        answer = caller.ask(asked)
        assert (answer.status_code, answer.json().get("scope")) == (200, scope)
        caller.token = answer.json()["access_token"]
        refused = caller.post("tokenPolicies", {"title": "New", "allowedScopes": []})
        assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
        needed = 'error="insufficient_scope",scope="*:config/tokenPolicies"'
        assert needed in refused["WWW-Authenticate"].replace(", ", ",")
    fixed = caller.with_token("*:config/tokenPolicies")
    assert fixed.post("tokenPolicies", {"title": "New", "allowedScopes": []}).status_code == 201


def test_you_get_a_403_forbidden_error_when_the_token_is_older_than_its_lifetime() -> None:
    caller = enrol("*:**")
    assert "refresh_token" not in caller.ask("*:**").json()
    issued = AccessToken.objects.order_by("issued_at")[0].issued_at
    AccessToken.objects.update(expires_at=issued - timedelta(seconds=1))
    refused = caller.get("clients")
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
    assert 'error="invalid_token"' in refused["WWW-Authenticate"]
    assert caller.with_token("*:**").get("clients").status_code == 200


def test_you_get_a_404_page_not_found_error_for_a_wrong_customer_id() -> None:
    caller = enrol("*:**")
    form = form_of({"grant_type": "client_credentials", "scope": "*:**"})
    wrong = Http().post("/acme/login/token", form, FORM, HTTP_AUTHORIZATION=caller.basic)
    assert wrong.status_code == 404
    assert Http().get("/acme/login/authorize").status_code == 404
    right = Http().post("/org/login/token", form, FORM, HTTP_AUTHORIZATION=caller.basic)
    assert right.status_code == 200


def test_invalid_client_id_a_configuration_client_signs_nobody_in(admin: Caller) -> None:
    world = flow.make_world()
    for client_id in (admin.client.client_id, "nobody"):
        answer = flow.authorize(Http(), world, client_id=client_id)
        assert answer.is_page


def test_invalid_redirect_uri_is_fixed_by_adding_it_to_the_client(admin: Caller) -> None:
    world = flow.make_world()
    other = "https://shop.example.com/other"
    assert flow.authorize(Http(), world, redirect_uri=other).is_page
    changed = put_uris(admin, world.client, *world.client.redirect_uris, other)
    assert changed.status_code == 200, changed.content
    assert not flow.authorize(Http(), world, redirect_uri=other).is_page


def test_response_type_is_missing_says_so_at_the_redirect_uri() -> None:
    answer = flow.authorize(Http(), flow.make_world(), response_type=None)
    assert answer.error == "invalid_request"
    assert "response_type" in answer.members["error_description"]


def test_unsupported_response_type() -> None:
    answer = flow.authorize(Http(), flow.make_world(), response_type="token")
    assert answer.error == "unsupported_response_type"


def test_scope_must_include_openid_is_said_and_fixed_by_asking_for_it() -> None:
    world = flow.make_world()
    browser = Http()
    flow.sign_in(browser, world.user)
    refused = flow.authorize(browser, world, scope="profile")
    assert refused.error == "invalid_scope"
    assert "openid scope is required" in refused.members["error_description"]
    assert flow.authorize(browser, world, scope="openid profile").code


def test_token_and_login_policies_cant_be_removed_from_clients_but_replaced(
    admin: Caller, spare: Caller
) -> None:
    policy = admin.post("loginPolicies", POLICY).json()
    other = admin.post("loginPolicies", POLICY | {"title": "Other"}).json()
    body: dict[str, Any] = {
        "name": "Shop",
        "type": "public",
        "redirectURIs": ["https://shop.example.com/callback"],
        "tokenPolicy": admin.client.token_policy_id,
        "loginPolicy": policy,
    }
    path = f"clients/{admin.post('clients', body).json()['id']}"
    for name in ("tokenPolicy", "loginPolicy"):
        refused = admin.put(path, body | {name: None})
        expected = {"errors": f"{name} cannot be removed, only replaced"}
        assert (refused.status_code, refused.json()) == (422, expected)
    replaced = body | {"loginPolicy": other, "tokenPolicy": spare.client.token_policy_id}
    assert admin.put(path, replaced).status_code == 200


def test_a_policy_in_use_isnt_deleted_until_its_clients_are_moved_away(admin: Caller) -> None:
    caller = enrol("*:**")
    old = caller.client.token_policy_id
    refused = admin.delete(f"tokenPolicies/{old}")
    assert refused.status_code == 409
    assert refused.json() == {"errors": f'["/customers/org/clients/{caller.client.client_id}"]\n'}
    body = {"name": "Moved", "tokenPolicy": admin.client.token_policy_id}
    assert admin.put(f"clients/{caller.client.client_id}", body).status_code == 200
    assert admin.delete(f"tokenPolicies/{old}").status_code == 204


def test_after_the_owners_secret_changed_a_new_login_policy_is_made(admin: Caller) -> None:
    old = admin.post("loginPolicies", POLICY).json()
    body = {
        "name": "Shop",
        "type": "public",
        "redirectURIs": ["https://shop.example.com/callback"],
        "tokenPolicy": admin.client.token_policy_id,
        "loginPolicy": old,
    }
    path = f"clients/{admin.post('clients', body).json()['id']}"
    rotated = {
        "type": "janrainCapture",
        "connectionDetails": CONNECTION | {"clientSecret": "the-new-secret"},
    }
    refused = admin.put(f"loginPolicies/{old}", POLICY | {"identityStoreDetails": rotated})
    assert refused.json() == {"errors": "identityStoreDetails cannot be changed"}
    new = POLICY | {"title": "After the rotation", "identityStoreDetails": rotated}
    made = admin.post("loginPolicies", new)
    assert made.status_code == 201
    assert admin.put(path, body | {"loginPolicy": made.json()}).status_code == 200
    assert admin.delete(f"loginPolicies/{old}").status_code == 204


def test_you_cant_lock_yourself_out_of_configuration(admin: Caller) -> None:
    policy = admin.client.token_policy
    assert policy is not None
    body = {"title": policy.title, "allowedScopes": []}
    for refused in (
        admin.delete(f"clients/{admin.client.client_id}"),
        admin.delete(f"tokenPolicies/{policy.pk}"),
        admin.put(f"tokenPolicies/{policy.pk}", body),
    ):
        assert refused.status_code == 409
    assert admin.get("clients").status_code == 200
