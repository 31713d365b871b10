"""Rows of 2.O that are about one thing each; those about every route are in `test_every_route`."""

from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client as Browser
from django.utils.html import escape

from apps.clients.models import Client
from apps.directory.models import User
from apps.management.okta import rate
from apps.management.okta.resources import servers
from apps.servers.models import AuthorizationServer
from tests.factories import make_client, make_server, make_superuser, make_user
from tests.management.caller import enrol
from tests.management.okta.caller import Program, a_superusers_program, cause_of, program_of

BODY = {"name": "Orders", "description": "d", "audiences": ["https://orders.example"]}


@pytest.mark.parametrize("name", [f.name for f in AuthorizationServer._meta.get_fields()])
def test_row_257_no_column_of_a_server_is_set_by_its_name(api: Program, name: str) -> None:
    shown = set(servers.ServerShape().fields)
    server = make_server()
    if name in shown:
        return
    before = AuthorizationServer.objects.filter(pk=server.pk).values().get()
    body = api.get(f"authorizationServers/{server.pk}").json()
    answer = api.put(f"authorizationServers/{server.pk}", body | {name: "9999"})
    assert answer.status_code in {200, 400}
    after = AuthorizationServer.objects.filter(pk=server.pk).values().get()
    assert after | {"last_updated": 0} == before | {"last_updated": 0}


@pytest.mark.parametrize("ident", ["*", "**", "%2A", "a:b", "-", "~", "0oa*"])
@pytest.mark.parametrize("place", ["authorizationServers", "apps", "users", "groups"])
def test_row_267_an_id_that_looks_like_a_pattern_is_compared_literally(
    api: Program, place: str, ident: str
) -> None:
    make_server(), make_client(), make_user()
    for method in ("GET", "DELETE"):
        assert api.call(method, f"{place}/{ident}").status_code == 404


@pytest.mark.parametrize("verb", ["lifecycle/deactivate", "lifecycle/suspend", ""])
def test_row_273_the_last_superuser_can_neither_be_stopped_nor_removed(verb: str) -> None:
    root = make_superuser()
    api = program_of(root)
    path = f"users/{root.pk}"
    refused = api.post(f"{path}/{verb}") if verb else api.delete(path)
    assert 400 <= refused.status_code < 500, refused.content
    assert User.objects.get(pk=root.pk).status == "ACTIVE"
    assert api.get("users").status_code == 200


def test_row_273_the_last_configuration_client_is_kept_by_this_door_too(api: Program) -> None:
    client = enrol("*:**").client
    for method, path in (
        ("POST", f"apps/{client.pk}/lifecycle/deactivate"),
        ("DELETE", f"apps/{client.pk}"),
        ("DELETE", f"/oauth2/v1/clients/{client.client_id}"),
    ):
        assert 400 <= api.call(method, path).status_code < 500, path
    assert Client.objects.get(pk=client.pk).status == "ACTIVE"


@pytest.mark.fault
def test_row_282_a_failing_database_tells_nothing_of_itself(
    api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "duplicate key in servers_authorizationserver_pkey on host db-7 (digest)=(abc)"

    def fail(**fields: Any) -> None:
        raise IntegrityError(told)

    monkeypatch.setattr(servers, "create_server", fail)
    answer = api.post("authorizationServers", BODY)
    assert answer.status_code == 503
    for word in ("servers_", "db-7", "abc", "duplicate", "Integrity", "Traceback"):
        assert word not in answer.content.decode()
    assert {"errorCode", "errorSummary", "errorId"} <= set(answer.json())


def test_row_284_a_server_made_anew_has_another_id(api: Program) -> None:
    first = api.post("authorizationServers", BODY).json()["id"]
    assert api.delete(f"authorizationServers/{first}").status_code == 204
    second = api.post("authorizationServers", BODY).json()["id"]
    assert first != second
    assert api.get(f"authorizationServers/{first}").status_code == 404


TEMPLATES = ["{{7*7}}", "{x.__class__}", "%s", "%(levelname)s", "${7*7}", "<b>{% debug %}</b>"]
SHAPES = {
    "apps": (
        {
            "label": "",
            "name": "oidc_client",
            "signOnMode": "OPENID_CONNECT",
            "credentials": {"oauthClient": {"token_endpoint_auth_method": "client_secret_basic"}},
            "settings": {
                "oauthClient": {
                    "application_type": "service",
                    "grant_types": ["client_credentials"],
                    "response_types": ["token"],
                }
            },
        },
        ("label",),
        "/admin/clients/client/{id}/change/",
    ),
    "/oauth2/v1/clients": (
        {"client_name": "", "redirect_uris": ["https://portal.example/callback"]},
        ("client_name",),
        "",
    ),
    "authorizationServers": (
        BODY | {"name": ""},
        ("name",),
        "/admin/servers/authorizationserver/{id}/change/",
    ),
    "groups": (
        {"profile": {"name": ""}},
        ("profile", "name"),
        "/admin/directory/group/{id}/change/",
    ),
}


@pytest.mark.parametrize("text", TEMPLATES)
@pytest.mark.parametrize("place", SHAPES)
def test_row_280_what_looks_like_a_template_is_text_for_clients_too(
    api: Program, client: Browser, place: str, text: str
) -> None:
    body, path, page = deepcopy(SHAPES[place][0]), SHAPES[place][1], SHAPES[place][2]
    inner: Any = body
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = text
    made = api.post(place, body)
    assert made.status_code in {200, 201}, made.content
    found: Any = made.json()
    for step in path:
        found = found[step]
    assert found == text
    if page:
        assert api.owner
        client.force_login(api.owner)
        shown = client.get(page.format(id=made.json()["id"])).content.decode()
        assert escape(text) in shown and "<b>{%" not in shown


def test_row_285_pages_for_looking_at_answers_are_off_and_the_description_is_for_the_console(
    api: Program, client: Browser
) -> None:
    asked: Any = {"HTTP_ACCEPT": "text/html", "HTTP_AUTHORIZATION": api.authorization}
    for path in ("/api/v1/groups", "/api/v1/groups?format=api", "/api/v1/nothing"):
        assert client.get(path, **asked)["Content-Type"] == "application/json"
    for path in ("/api/schema/", "/api/v1/schema", "/admin/api/", "/__debug__/"):
        assert client.get(path).status_code in {302, 401, 404}
    assert not settings.DEBUG  # and DEBUG refuses the start: authz.E004


def test_row_286_calls_are_counted_by_credential(
    api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "CALLS_PER_MINUTE", 3)
    answers = [api.get("groups") for _ in range(5)]
    statuses = [answer.status_code for answer in answers]
    assert statuses[:2] == [200, 200] and statuses[-1] == 429, statuses
    assert cause_of(answers[-1]).startswith("E0000047")
    assert answers[-1]["X-Rate-Limit-Remaining"] == "0"
    assert 1 <= int(answers[-1]["Retry-After"]) <= rate.WINDOW_SECONDS
    assert a_superusers_program().get("groups").status_code == 200
