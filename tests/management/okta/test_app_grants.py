"""`/api/v1/apps/{id}/grants`: scopes of the management API, given to and taken from the client of a
program."""

from typing import Any

import pytest
from django.conf import settings

from apps.clients.models import Client
from tests.factories import make_client, make_client_and_secret
from tests.management.caller import Caller, enrol
from tests.management.okta.caller import Program, cause_of

pytestmark = pytest.mark.once  # no statement differs between the databases
READ, MANAGE = "okta.users.read", "okta.users.manage"


def path_of(client: Client) -> str:
    return f"apps/{client.pk}/grants"


def wanting(scope: Any, **more: Any) -> dict[str, Any]:
    """The body, as Okta's SDKs send it."""
    return {"issuer": settings.BASE_URL, "scopeId": scope, **more}


def allowed(caller: Caller) -> list[str]:
    """What the client may get now."""
    policy = Client.objects.get(pk=caller.client.pk).token_policy
    assert policy is not None
    return policy.allowed_scopes


def test_a_scope_is_given_used_and_taken(api: Program) -> None:
    caller = enrol("openid", READ)
    made = api.post(path_of(caller.client), wanting(MANAGE, status="REVOKED", id="x"))
    assert made.status_code == 201, made.content
    grant = made.json()
    assert (grant["scopeId"], grant["status"], grant["source"]) == (MANAGE, "ACTIVE", "ADMIN")
    assert grant["clientId"] == caller.client.client_id and grant["id"].startswith("oag")
    own = f"{path_of(caller.client)}/{grant['id']}"
    assert api.get(own).json() == grant
    assert [one["scopeId"] for one in api.get(path_of(caller.client)).json()] == [READ, MANAGE]
    assert caller.with_token(MANAGE).ask(MANAGE).json()["scope"] == MANAGE
    assert api.post(path_of(caller.client), wanting(MANAGE)).status_code == 201
    assert allowed(caller) == ["openid", READ, MANAGE]  # once
    assert api.delete(own).status_code == 204
    assert allowed(caller) == ["openid", READ] and api.get(own).status_code == 404
    assert api.delete(own).status_code == 404
    assert "scope" not in caller.ask(MANAGE).json()


def test_r15_what_is_taken_ends_the_tokens_and_can_be_tried_first(api: Program) -> None:
    caller = enrol(READ)
    program = Program(f"Bearer {caller.token}")
    [grant] = api.get(path_of(caller.client)).json()
    own = f"{path_of(caller.client)}/{grant['id']}"
    tried = api.delete(f"{own}?dryRun=true").json()
    assert (tried["dryRun"], tried["opaqueTokens"], tried["clients"]) == (True, 1, 1)
    assert program.get("users").status_code == 200
    assert api.delete(own, HTTP_IF_MATCH='"stale"').status_code == 412
    assert api.delete(own, HTTP_IF_MATCH=api.get(own)["ETag"]).status_code == 204
    assert program.get("users").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scopeId": READ},
        wanting("orders"),
        wanting("*:**"),
        wanting("okta.logs.manage"),
        wanting(None),
        wanting([READ]),
        {"issuer": "https://other.example", "scopeId": READ},
    ],
)
def test_anything_but_a_scope_of_this_organisation_is_refused(
    api: Program, body: dict[str, Any]
) -> None:
    caller = enrol("openid")
    refused = api.post(path_of(caller.client), body)
    assert refused.status_code == 400 and "E0000001" in cause_of(refused)
    assert allowed(caller) == ["openid"]


def test_row_260_other_applications_get_none(api: Program) -> None:
    for client in (make_client("web"), make_client("service")):
        refused = api.post(path_of(client), wanting(READ))
        assert refused.status_code == 403 and "configuration client" in cause_of(refused)
        assert api.get(path_of(client)).json() == []
    assert api.post("apps/nothing/grants", wanting(READ)).status_code == 404


def test_a_policy_that_others_have_is_changed_where_it_is(api: Program) -> None:
    caller = enrol(READ)
    make_client_and_secret("config", token_policy=caller.client.token_policy)
    [grant] = api.get(path_of(caller.client)).json()
    for refused in (
        api.post(path_of(caller.client), wanting(MANAGE)),
        api.delete(f"{path_of(caller.client)}/{grant['id']}"),
    ):
        assert refused.status_code == 409 and "its token policy" in cause_of(refused)
    assert allowed(caller) == [READ]


def test_row_260_nobody_gives_or_takes_what_is_beyond_their_own() -> None:
    weak = Program(f"Bearer {enrol('okta.apps.manage', READ).token}")
    own, strong = enrol(READ), enrol("*:**", READ)
    assert weak.post(path_of(own.client), wanting(MANAGE)).status_code == 403
    assert weak.post(path_of(strong.client), wanting("okta.apps.read")).status_code == 403
    [grant] = weak.get(path_of(strong.client)).json()
    assert weak.delete(f"{path_of(strong.client)}/{grant['id']}").status_code == 403
    assert (allowed(own), allowed(strong)) == ([READ], ["*:**", READ])
    assert weak.post(path_of(own.client), wanting("okta.apps.read")).status_code == 201
    assert allowed(own) == [READ, "okta.apps.read"]


def test_an_auditor_gives_and_takes_nothing(auditor: Program) -> None:
    caller = enrol(READ)
    [grant] = auditor.get(path_of(caller.client)).json()
    assert auditor.post(path_of(caller.client), wanting(MANAGE)).status_code == 403
    assert auditor.delete(f"{path_of(caller.client)}/{grant['id']}").status_code == 403
    assert allowed(caller) == [READ]
