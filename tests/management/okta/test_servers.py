"""`/api/v1/authorizationServers`."""

import pytest

from apps.servers.models import AuthorizationServer
from tests.management.okta.caller import Program, cause_of

pytestmark = pytest.mark.once  # no statement differs between the databases

BODY = {"name": "Orders", "description": "d", "audiences": ["https://orders.example"]}


def test_a_server_is_created_read_replaced_and_deleted(api: Program) -> None:
    created = api.post("authorizationServers", BODY)
    assert created.status_code == 201, created.content
    server = created.json()
    path = f"authorizationServers/{server['id']}"
    assert server["status"] == "ACTIVE" and server["issuer"].endswith(f"/oauth2/{server['id']}")
    assert api.get(path).json() == server
    changed = api.put(path, {**server, "name": "Sales"})
    assert changed.status_code == 200 and changed.json()["name"] == "Sales"
    assert api.delete(path).status_code == 204
    gone = api.get(path)
    assert gone.status_code == 404
    assert cause_of(gone).startswith(f"E0000007 Not found: Resource not found: {server['id']}")


def test_a_lifecycle_call_answers_204_without_a_body(api: Program) -> None:
    server = api.post("authorizationServers", BODY).json()
    path = f"authorizationServers/{server['id']}"
    assert api.post(f"{path}/lifecycle/deactivate").status_code == 204
    assert "activate" in api.get(path).json()["_links"]
    assert api.post(f"{path}/lifecycle/activate").status_code == 204
    assert api.get(path).json()["status"] == "ACTIVE"


def test_a_problem_names_the_member_on_the_wire(api: Program) -> None:
    refused = api.post("authorizationServers", {**BODY, "audiences": ["no uri: x"]})
    assert refused.status_code == 400
    assert cause_of(refused).startswith("E0000001 Api validation failed: audiences: audiences: ")


def test_row_256_every_bad_credential_is_the_same_401() -> None:
    answers = [
        Program(text).get("authorizationServers")
        for text in ("", "SSWS", "SSWS azap_x", "Bearer azat_x", "Basic eDp5")
    ]
    assert [one.status_code for one in answers] == [401] * 5
    bodies = [{**one.json(), "errorId": ""} for one in answers]
    assert all(body == bodies[0] and body["errorCode"] == "E0000011" for body in bodies)


def test_the_sdk_for_python_sends_no_space_after_the_scheme(api: Program) -> None:
    squeezed = Program(api.authorization.replace(" ", ""))
    assert squeezed.get("authorizationServers").status_code == 200


def test_an_auditor_may_look_and_not_change(auditor: Program) -> None:
    assert auditor.get("authorizationServers").status_code == 200
    refused = auditor.post("authorizationServers", BODY)
    assert refused.status_code == 403 and refused.json()["errorCode"] == "E0000006"


def test_row_274_a_change_from_a_stale_state_is_refused(api: Program) -> None:
    server = api.post("authorizationServers", BODY).json()
    path = f"authorizationServers/{server['id']}"
    seen = api.get(path)["ETag"]
    assert api.get(path, HTTP_IF_NONE_MATCH=seen).status_code == 304
    assert api.put(path, {**BODY, "name": "A"}, HTTP_IF_MATCH=seen).status_code == 200
    stale = api.put(path, {**BODY, "name": "B"}, HTTP_IF_MATCH=seen)
    assert stale.status_code == 412
    assert api.get(path).json()["name"] == "A"


def test_a_state_can_only_be_named_where_one_can_be_read(api: Program) -> None:
    server = api.post("authorizationServers", BODY).json()
    path = f"authorizationServers/{server['id']}"
    refused = api.post(f"{path}/lifecycle/deactivate", HTTP_IF_MATCH='"x"')
    assert refused.status_code == 400
    assert api.get(path).json()["status"] == "ACTIVE"


def test_the_same_key_creates_once(api: Program) -> None:
    first = api.post("authorizationServers", BODY, HTTP_IDEMPOTENCY_KEY="k1")
    again = api.post("authorizationServers", BODY, HTTP_IDEMPOTENCY_KEY="k1")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() and again["Idempotent-Replayed"] == "true"
    other = api.post("authorizationServers", {**BODY, "name": "x"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert other.status_code == 422
    assert AuthorizationServer.objects.filter(name="Orders").count() == 1


def test_a_dry_run_tells_what_would_end_and_changes_nothing(api: Program) -> None:
    server = api.post("authorizationServers", BODY).json()
    path = f"authorizationServers/{server['id']}"
    tried = api.delete(f"{path}?dryRun=true")
    assert tried.status_code == 200, tried.content
    assert tried.json()["dryRun"] is True and tried.json()["grants"] == 0
    assert api.get(path).status_code == 200


def test_a_list_comes_in_pages_with_one_link_header(api: Program) -> None:
    for number in range(5):
        api.post("authorizationServers", {**BODY, "name": f"S{number}"})
    names, path = [], "authorizationServers?limit=2&q=orders.example"
    while path:
        page = api.get(path)
        names += [one["name"] for one in page.json()]
        rels = page["Link"].split(", ")
        assert rels[0].endswith('rel="self"')
        path = rels[1].partition("/api/v1/")[2].partition(">")[0] if len(rels) > 1 else ""
    assert names == [f"S{number}" for number in range(5)]


def test_row_275_a_cursor_of_another_list_is_refused(api: Program) -> None:
    for name in ("a", "b"):
        api.post("authorizationServers", {**BODY, "name": name})
    link = api.get("authorizationServers?limit=1")["Link"]
    cursor = link.partition("after=")[2].partition(">")[0]
    moved = api.get(f"authorizationServers?limit=1&q=x&after={cursor}")
    assert moved.status_code == 400 and moved.json()["errorCode"] == "E0000029"


def test_row_276_an_unknown_parameter_is_refused(api: Program) -> None:
    refused = api.get("authorizationServers?user__password__startswith=a")
    assert refused.status_code == 400
