"""Rows 257-261, 271 and 276-284 of the security cases over applications and registrations: which
call changes or shows what, whoever makes it."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.db.models import Model

from apps.clients.models import Client, ClientSecret, GroupAssignment, UserAssignment
from apps.clients.services import assign_user
from apps.directory.services import add_member, remove_member
from apps.servers.services import ensure_organization_server
from tests.clients.keys import EC_KEY
from tests.factories import (
    TESTER,
    make_client,
    make_client_and_secret,
    make_group,
    make_server,
    make_token_policy,
    make_user,
)
from tests.management.caller import enrol
from tests.management.okta.caller import Program, cause_of, program_of
from tests.management.okta.shapes_of_apps import app_body

pytestmark = pytest.mark.once  # no statement differs between the databases

REGISTRATIONS: Final = "/oauth2/v1/clients"
REGISTRATION: Final = {
    "client_name": "Portal",
    "redirect_uris": ["https://portal.example/callback"],
}


def fields_of(*models: type[Model]) -> Iterator[str]:
    """Every field of the rows, in both spellings of names."""
    for model in models:
        for field in model._meta.get_fields():
            head, *rest = field.name.split("_")
            yield field.name
            yield head + "".join(part.title() for part in rest)


NAMES: Final = sorted(
    {*fields_of(Client, ClientSecret, UserAssignment, GroupAssignment)}
    | {"owner", "server", "digest", "generation", "is_staff", "created_by", "_links", "customer"}
)
# What the wire knows by this name, so that it may well change something.
APP_MEMBERS: Final = {"name", "label", "settings", "credentials"}
REGISTERED: Final = {
    *("grant_types", "response_types", "redirect_uris", "post_logout_redirect_uris", "jwks"),
    *("token_endpoint_auth_method", "jwks_uri", "client_uri", "logo_uri", "tos_uri"),
    *("policy_uri", "initiate_login_uri", "client_id"),
}


def everything(client: Client) -> dict[str, Any]:
    """All columns of the row, and its secrets and owners."""
    client.refresh_from_db()
    row = {field.attname: getattr(client, field.attname) for field in client._meta.concrete_fields}
    row["secrets"] = sorted(client.secrets.values_list("digest", flat=True))
    row["owners"] = sorted(client.owners.values_list("pk", flat=True))
    return row


def test_row_257_no_other_member_changes_an_application(api: Program) -> None:
    app = make_client()
    body = api.get(f"apps/{app.pk}").json()
    before = everything(app)
    for name in [name for name in NAMES if name not in APP_MEMBERS]:
        for value in ("x", 7, True, {"x": "y"}, [make_group().pk]):
            inner = {**body["settings"]["oauthClient"]}
            nested = {**body, "settings": {"oauthClient": inner}, name: value}
            assert api.put(f"apps/{app.pk}", nested).status_code in {200, 400}, name
    assert everything(app) == before


@pytest.mark.parametrize("where", ["settings", "credentials"])
def test_row_257_nor_inside_of_it(api: Program, where: str) -> None:
    app = make_client()
    body = api.get(f"apps/{app.pk}").json()
    before, known = everything(app), set(body[where]["oauthClient"])
    known |= {"jwks", "client_secret", "application_type"}
    for name in [name for name in NAMES if name not in known]:
        inner = {**body[where]["oauthClient"], name: "x"}
        changed = {**body, where: {"oauthClient": inner}}
        assert api.put(f"apps/{app.pk}", changed).status_code == 200, name
    assert everything(app) == before


def test_row_257_no_other_member_changes_a_registration(api: Program) -> None:
    made = api.post(REGISTRATIONS, REGISTRATION).json()
    client = Client.objects.get(client_id=made["client_id"])
    before = everything(client)
    for name in [name for name in NAMES if name not in REGISTERED]:
        for value in ("x", 7, [make_group().pk]):
            path = f"{REGISTRATIONS}/{client.client_id}"
            assert api.put(path, {**made, name: value}).status_code in {200, 400}, name
    assert everything(client) == before


def test_row_259_nothing_moves_to_another_application(api: Program) -> None:
    app, other, user = make_client("service"), make_client(), make_user()
    assign_user(actor=TESTER, client=app, user=user)
    moved = {"appId": other.pk, "client": other.pk, "client_id": other.pk, "app_id": other.pk}
    api.post(f"apps/{app.pk}/users/{user.pk}", {"scope": "USER", **moved})
    api.post(f"apps/{app.pk}/credentials/secrets", moved)
    assert app.user_assignments.count() == 1 and not other.user_assignments.exists()
    assert app.secrets.count() == 2 and other.secrets.count() == 1


CHANGES: Final = (
    ("PUT", ""),
    ("DELETE", ""),
    ("POST", "/lifecycle/activate"),
    ("POST", "/lifecycle/deactivate"),
    ("POST", "/credentials/secrets"),
    ("DELETE", "/credentials/secrets/{secret}"),
    ("POST", "/credentials/secrets/{secret}/lifecycle/deactivate"),
    ("POST", "/credentials/jwks"),
    ("POST", "/users"),
    ("PUT", "/groups/{group}"),
    ("DELETE", "/tokens"),
    ("PUT", "/policies/rst1"),
)


@pytest.mark.parametrize("address", CHANGES)
@pytest.mark.parametrize("who", ["program", "superuser"])
def test_row_260_configuration_clients_are_read_only_here(
    api: Program, address: tuple[str, str], who: str
) -> None:
    method, below = address
    strong = enrol("*:**").client
    caller = api if who == "superuser" else Program(f"Bearer {enrol('okta.apps.manage').token}")
    path = f"apps/{strong.pk}"
    shown = caller.get(path)
    assert shown.json()["settings"]["oauthClient"]["application_type"] == "service"
    before = everything(strong)
    names = {"secret": strong.secrets.get().pk, "group": make_group().pk}
    body = {**app_body(), **EC_KEY, "id": make_user().pk}
    refused = caller.call(method, path + below.format(**names), body)
    assert refused.status_code == 403 and "configuration client" in cause_of(refused)
    assert everything(strong) == before


def test_row_260_an_application_gets_no_scopes_of_the_management_api() -> None:
    caller = Program(f"Bearer {enrol('okta.apps.manage').token}")
    made = caller.post(
        "apps",
        app_body(
            application_type="service",
            grant_types=["client_credentials"],
            redirect_uris=[],
            token_policy=make_token_policy().pk,
            scopes=["okta.users.manage"],
        ),
    )
    assert made.status_code == 200, made.content
    client = Client.objects.get(pk=made.json()["id"])
    assert client.token_policy is None and client.type == "service"


def test_r22_delegated_administrators_change_what_their_group_owns(api: Program) -> None:
    person = make_user(is_staff=True)
    group = make_group(person)
    own, other = make_client(), make_client()
    own.owners.add(group)
    caller = program_of(person)
    for app, status in ((own, 200), (other, 403)):
        path = f"apps/{app.pk}"
        assert caller.get(path).status_code == 200
        assert caller.put(path, api.get(path).json()).status_code == status
        assert caller.post(f"{path}/users", {"id": make_user().pk}).status_code == status
        assert caller.get(f"{path}/credentials/secrets").status_code == status
        registration = f"{REGISTRATIONS}/{app.client_id}"
        again = caller.put(registration, api.get(registration).json())
        assert again.status_code == status
    assert caller.post("apps", app_body()).status_code == 403
    assert caller.post(REGISTRATIONS, REGISTRATION).status_code == 403


def test_row_261_what_is_taken_from_the_caller_is_refused_from_the_next_call(
    api: Program,
) -> None:
    person = make_user(is_staff=True)
    group, app = make_group(), make_client()
    add_member(actor=TESTER, group=group, user=person)
    app.owners.add(group)
    caller, body = program_of(person), api.get(f"apps/{app.pk}").json()
    assert caller.put(f"apps/{app.pk}", body).status_code == 200
    remove_member(actor=TESTER, group=group, user=person)
    assert caller.put(f"apps/{app.pk}", body).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "user__password__startswith=a",
        "ordering=digest",
        "_connector=or",
        "secrets__digest__startswith=a",
        "expand=user/x",
        "limit=1&limit=2",
    ],
)
def test_row_276_an_unknown_parameter_is_refused_everywhere(api: Program, query: str) -> None:
    app = make_client("service", jwks={"keys": [EC_KEY]})
    parts = ("", "/users", "/groups", "/credentials/secrets", "/credentials/jwks", "/grants")
    for path in ("apps", *(f"apps/{app.pk}{part}" for part in parts), REGISTRATIONS):
        assert api.get(f"{path}?{query}").status_code == 400, path


def test_row_283_no_reading_shows_anything_of_a_secret(api: Program) -> None:
    client, text = make_client_and_secret(jwks={"keys": [EC_KEY]})
    make_server()
    ensure_organization_server()
    row = client.secrets.get()
    app = f"apps/{client.pk}"
    own = (f"{app}/credentials/secrets", f"{app}/credentials/secrets/{row.pk}")
    parts = ("users", "groups", "grants", "tokens", "credentials/jwks")
    others = ("apps", app, *(f"{app}/{part}" for part in parts))
    registrations = (REGISTRATIONS, f"{REGISTRATIONS}/{client.client_id}")
    for path in (*own, *others, *registrations):
        shown = api.get(path)
        assert shown.status_code == 200, path
        for hidden in (text, text[-8:], row.digest, row.digest[-12:]):
            assert hidden not in shown.content.decode(), path


def test_row_284_an_id_that_was_chosen_again_revives_nothing(api: Program) -> None:
    first = api.post("apps", app_body(client_id="portal-id")).json()
    api.post(f"apps/{first['id']}/lifecycle/deactivate")
    api.delete(f"apps/{first['id']}")
    second = api.post("apps", app_body(client_id="portal-id")).json()
    assert second["id"] != first["id"]
    assert api.get(f"apps/{first['id']}").status_code == 404
    taken = api.post("apps", app_body(client_id="portal-id"))
    assert taken.status_code == 400 and "credentials.oauthClient.client_id" in cause_of(taken)
