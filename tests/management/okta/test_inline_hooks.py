"""`/api/v1/inlineHooks`, and the hook that a rule names."""

import json
from typing import Any

import pytest
from okta.models.inline_hook import InlineHook as SdkHook

from apps.policies.models import InlineHook, Rule
from apps.policies.services.inline_hooks import open_auth
from tests.factories import make_policy, make_rule, make_server
from tests.management.hooks.conftest import receiver
from tests.management.hooks.scene import NOWHERE
from tests.management.okta.caller import Program, cause_of
from tests.oauth.client_authentication.tls_server import Site

pytestmark = pytest.mark.once  # no statement differs between the databases

__all__ = ["receiver"]
VALUE = "the-receivers-own"
TYPE = "com.okta.oauth2.tokens.transform"


def body(url: str = NOWHERE, **changes: Any) -> dict[str, Any]:
    """A hook as a program asks for it."""
    scheme = {"type": "HEADER", "key": "Authorization", "value": VALUE}
    config = {"uri": url, "method": "POST", "headers": [{"key": "X-Site", "value": "one"}]}
    channel = {"type": "HTTP", "version": "1.0.0", "config": {**config, "authScheme": scheme}}
    return {"name": "Claims", "type": TYPE, "version": "1.0.0", "channel": channel, **changes}


def with_scheme(key: str, value: str) -> dict[str, Any]:
    """A channel with this header."""
    return {"channel": {"config": {"uri": NOWHERE, "authScheme": {"key": key, "value": value}}}}


def created(api: Program, **changes: Any) -> dict[str, Any]:
    answer = api.post("inlineHooks", body(**changes))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_hook_is_created_read_changed_and_deleted_when_inactive(api: Program) -> None:
    hook = created(api)
    path = f"inlineHooks/{hook['id']}"
    assert hook["id"].startswith("cal") and hook["status"] == "ACTIVE"
    assert hook["channel"]["config"]["authScheme"] == {"type": "HEADER", "key": "Authorization"}
    assert api.get(path).json() == hook and api.get("inlineHooks").json() == [hook]
    assert api.get("inlineHooks?type=com.okta.saml.tokens.transform").json() == []
    assert SdkHook.from_dict(hook).id == hook["id"]  # type: ignore[union-attr]
    assert api.post(path, {"name": "Other"}).json()["name"] == "Other"
    replaced = api.put(path, {**hook, "version": "1.0.1"}).json()
    assert (replaced["name"], replaced["version"]) == ("Claims", "1.0.1")
    assert open_auth(InlineHook.objects.get()) == VALUE, "kept by a change that doesn't name it"
    refused = api.delete(path)
    assert refused.status_code == 400 and "INACTIVE" in cause_of(refused)
    assert api.post(f"{path}/lifecycle/deactivate").json()["status"] == "INACTIVE"
    assert api.delete(path).status_code == 204 and api.get(path).status_code == 404


def test_a_header_is_taken_away_with_its_value(api: Program) -> None:
    path = f"inlineHooks/{created(api)['id']}"
    without = body()
    without["channel"]["config"]["authScheme"] = None
    assert api.put(path, without).json()["channel"]["config"]["authScheme"] is None
    assert InlineHook.objects.get().sealed_auth_value is None


def test_a_header_of_which_nothing_is_said_stays_with_its_address(api: Program) -> None:
    path = f"inlineHooks/{created(api)['id']}"
    unsaid = body()
    del unsaid["channel"]["config"]["authScheme"]
    for call in (api.put, api.post):
        assert call(path, unsaid).json()["channel"]["config"]["authScheme"] is not None
        assert open_auth(InlineHook.objects.get()) == VALUE
    unsaid["channel"]["config"]["uri"] = f"{NOWHERE}/elsewhere"
    assert api.put(path, unsaid).json()["channel"]["config"]["authScheme"] is None
    assert InlineHook.objects.get().sealed_auth_value is None, "another receiver doesn't get it"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"type": "com.okta.saml.tokens.transform"}, "type"),
        ({"version": "2"}, "version"),
        ({"channel": {"type": "OAUTH", "config": {"uri": NOWHERE}}}, "channel.type"),
        ({"channel": {"config": {"uri": NOWHERE, "method": "GET"}}}, "channel.config.method"),
        ({"channel": {"config": {"uri": NOWHERE, "headers": [{}]}}}, "channel.config.headers"),
        (
            {"channel": {"config": {"uri": NOWHERE, "headers": [{"key": "Host", "value": "a"}]}}},
            "channel.config.headers",
        ),
        (
            {
                "channel": {
                    "config": {"uri": NOWHERE, "authScheme": {"key": "X", "value": "a\r\nb"}}
                }
            },
            "channel.config.authScheme.value",
        ),
        (
            with_scheme("X", ""),
            "channel.config.authScheme.value",
        ),
        ({"channel": {}}, "channel.config"),
    ],
)
def test_what_will_not_do_is_refused_by_its_member(
    api: Program, changes: dict[str, Any], where: str
) -> None:
    refused = api.post("inlineHooks", body(**changes))
    assert refused.status_code == 400 and where in cause_of(refused)
    assert not InlineHook.objects.exists()


URLS = ["https://127.0.0.1/", "http://93.184.216.34/", "ftp://x.example", "https://10.0.0.1", ""]


@pytest.mark.parametrize("url", [*URLS, "https://[::1]/", "https://a@93.184.216.34/"])
def test_row_298_an_address_inside_or_without_tls_is_refused(api: Program, url: str) -> None:
    assert api.post("inlineHooks", body(url)).status_code == 400
    path = f"inlineHooks/{created(api)['id']}"
    for refused in (api.put(path, body(url)), api.post(path, {"channel": body(url)["channel"]})):
        assert refused.status_code == 400 and "channel.config.uri" in cause_of(refused)


def test_a_hook_is_tried_with_what_one_chooses(api: Program, receiver: Site) -> None:
    receiver.show(b'{"commands": []}', path="/hook")
    path = f"inlineHooks/{created(api, channel=body(receiver.url('/hook'))['channel'])['id']}"
    answer = api.post(f"{path}/execute", {"data": {"context": {}}})
    assert answer.json() == {"commands": []}
    [asked] = receiver.asked
    assert json.loads(asked.body) == {"data": {"context": {}}}
    assert asked.headers["Authorization"] == VALUE and asked.headers["X-Site"] == "one"
    receiver.show(b"<", path="/hook")
    assert api.post(f"{path}/execute", {}).status_code == 400
    assert api.post(f"{path}/execute?dryRun=true", {}).status_code == 400


def test_a_question_that_no_key_can_sign_is_refused_with_why_and_isnt_sent(
    api: Program, receiver: Site, settings: Any
) -> None:
    receiver.show(b"{}", path="/hook")
    path = f"inlineHooks/{created(api, channel=body(receiver.url('/hook'))['channel'])['id']}"
    settings.KEY_ENCRYPTION_KEY = b"another key of thirty-two bytes."
    refused = api.post(f"{path}/execute", {})
    assert (refused.status_code, refused.json()["errorCode"]) == (400, "E0000001")
    assert "hook: the organisation's signing key can't be opened" in cause_of(refused)
    assert receiver.asked == []


def test_a_rule_names_its_hook_and_keeps_it_from_being_deleted(api: Program) -> None:
    server = make_server()
    policy = make_policy(server)
    rule = make_rule(policy)
    hook = created(api)
    path = f"authorizationServers/{server.pk}/policies/{policy.pk}/rules/{rule.pk}"
    shown = api.get(path).json()
    assert "inlineHook" not in shown["actions"]["token"]
    shown["actions"]["token"]["inlineHook"] = {"id": hook["id"]}
    changed = api.put(path, shown)
    assert changed.status_code == 200, changed.content
    assert changed.json()["actions"]["token"]["inlineHook"] == {"id": hook["id"]}
    epoch = Rule.objects.get(pk=rule.pk).epoch
    assert epoch == rule.epoch, "another hook revokes nothing"
    api.post(f"inlineHooks/{hook['id']}/lifecycle/deactivate")
    refused = api.delete(f"inlineHooks/{hook['id']}")
    assert refused.status_code == 400 and rule.name in cause_of(refused)
    shown["actions"]["token"]["inlineHook"] = {"id": "calNobody"}
    unknown = api.put(path, shown)
    assert unknown.status_code == 400 and "inlineHook.id" in cause_of(unknown)
    del shown["actions"]["token"]["inlineHook"]
    assert api.put(path, shown).status_code == 200
    assert api.delete(f"inlineHooks/{hook['id']}").status_code == 204


def test_row_257_other_members_change_nothing(api: Program) -> None:
    extra = {"id": "calChosen", "status": "INACTIVE", "sealed_auth_value": "x", "created": "y"}
    hook = created(api, **extra)
    assert hook["id"] != "calChosen" and hook["status"] == "ACTIVE"


def test_row_283_no_secret_is_ever_shown(api: Program) -> None:
    hook = created(api)
    for answer in (
        api.get("inlineHooks"),
        api.get(f"inlineHooks/{hook['id']}"),
        api.put(f"inlineHooks/{hook['id']}", body()),
        api.post(f"inlineHooks/{hook['id']}/lifecycle/deactivate"),
    ):
        assert VALUE not in answer.content.decode()


def test_an_auditor_looks_and_neither_changes_nor_tries(api: Program, auditor: Program) -> None:
    path = f"inlineHooks/{created(api)['id']}"
    assert auditor.get(path).status_code == 200
    for refused in (
        auditor.post("inlineHooks", body(name="Other")),
        auditor.post(path, {"name": "Other"}),
        auditor.put(path, body()),
        auditor.delete(path),
        auditor.post(f"{path}/execute", {}),
        auditor.post(f"{path}/lifecycle/deactivate"),
    ):
        assert refused.status_code == 403
    assert api.get("inlineHooks/calNobody").status_code == 404


def test_there_are_a_hundred_at_most_and_a_list_costs_the_same(
    api: Program, django_assert_max_num_queries: Any
) -> None:
    hook = created(api)
    row = InlineHook.objects.get(pk=hook["id"])
    InlineHook.objects.bulk_create(
        InlineHook(name=f"Hook {number}", url=row.url) for number in range(99)
    )
    with django_assert_max_num_queries(4):
        assert len(api.get("inlineHooks").json()) == 100
    refused = api.post("inlineHooks", body(name="One more"))
    assert refused.status_code == 400 and "100" in cause_of(refused)
