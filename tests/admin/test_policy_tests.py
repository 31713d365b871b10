"""The Tests tab: written in a table, judged whenever it is shown, held to by every save (R9)."""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.policies.models import PolicyTest, Rule
from apps.policies.services import create_policy_test
from apps.servers.models import AuthorizationServer
from apps.servers.services import set_server_owners, update_server
from apps.systemlog.models import LogEvent
from tests.admin.conftest import World, signed_in
from tests.factories import TESTER, make_group, make_user

TESTS = "/admin/servers/authorizationserver/orders/tests/"
CONFIRM = "confirmed"


def body_of(browser: Browser, url: str = TESTS) -> str:
    response = browser.get(url)
    assert response.status_code == 200
    return response.content.decode()


def written(world: World, **fields: Any) -> dict[str, Any]:
    """What a person types."""
    given = {
        "client": "Shop",
        "grant_type": "authorization_code",
        "user": world.user.login,
        "scopes": "openid orders:read",
        "expected": f"ALLOW:{world.rule.pk}",
        "name": "",
    }
    return {**given, **fields}


def stored(world: World, **fields: Any) -> PolicyTest:
    given = {
        "name": "Ada reads",
        "client_id": world.web.pk,
        "user_id": world.user.pk,
        "grant_type": "authorization_code",
        "scopes": ["openid", "orders:read"],
        "outcome": "ALLOW",
        "rule_id": world.rule.pk,
    }
    return create_policy_test(actor=TESTER, server_id=world.server.pk, **{**given, **fields})


def narrow(world: World, browser: Browser) -> dict[str, Any]:
    """The rule's form as its page has it, but for no scope: what Ada has is gone."""
    page = browser.get(f"/admin/policies/rule/{world.rule.pk}/change/")
    form = page.context["adminform"].form
    data: dict[str, Any] = {
        name: value for name, value in form.initial.items() if value is not None
    }
    for name in ("access_token_minutes", "refresh_token_minutes", "refresh_window_minutes"):
        number, unit = form.fields[name].widget.decompress(getattr(world.rule, name))
        data |= {f"{name}_number": number, f"{name}_unit": unit}
    return {**data, "scopes__include": []}


def test_a_test_is_written_with_names_and_judged_at_once(world: World, root: Browser) -> None:
    assert "No test yet" in body_of(root)
    answer = root.post(TESTS, written(world), follow=True)
    test = PolicyTest.objects.get()
    assert (test.client_id, test.user_id, test.rule_id) == (
        world.web.pk,
        world.user.pk,
        world.rule.pk,
    )
    assert test.scopes == ["openid", "orders:read"] and test.name.startswith("Shop, ada@")
    body = answer.content.decode()
    assert "1 test passes." in body and "passes" in body
    assert "Granted openid and orders:read by rule Read" in body
    assert f"try/?client={world.web.pk}" in body
    assert LogEvent.objects.get(event_type="policy.test.create").actor_name == "root@example.com"


def test_a_failing_one_says_why_and_the_tab_how_many(world: World, root: Browser) -> None:
    stored(world, name="Ada may not", outcome="DENY", rule_id="")
    stored(world)
    body = body_of(root)
    assert "1 of 2 fails." in body and "expected a denial, but: Granted" in body


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"client": "Shup"}, "There is no such client."),
        ({"user": ""}, "This grant type is for a user: name one."),
        ({"scopes": 'a"b'}, "Must hold names of scopes."),
        ({"expected": "ALLOW:gone"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_a_test_is_said_at_the_field(
    world: World, root: Browser, fields: dict[str, Any], said: str
) -> None:
    body = root.post(TESTS, written(world, **fields)).content.decode()
    assert said in body and not PolicyTest.objects.exists()


def test_one_is_changed_and_deleted_on_a_page_of_its_own(world: World, root: Browser) -> None:
    test = stored(world)
    url = f"{TESTS}{test.pk}/"
    assert 'value="Shop"' in body_of(root, url)
    root.post(url, written(world, name="Nobody", expected="DENY"))
    test.refresh_from_db()
    assert (test.name, test.outcome, test.rule_id) == ("Nobody", "DENY", "")
    assert "expected a denial" in body_of(root, url)
    root.post(url, {"verb": "delete"})
    assert not PolicyTest.objects.exists() and root.get(url).status_code == 404


def test_a_save_that_breaks_one_is_stopped_and_links_to_it(world: World, root: Browser) -> None:
    test = stored(world)
    answer = root.post(f"/admin/policies/rule/{world.rule.pk}/change/", narrow(world, root))
    body = answer.content.decode()
    assert "Ada reads: expected rule" in body and f"{TESTS}{test.pk}/" in body
    assert Rule.objects.get().conditions == world.rule.conditions


def test_r24_a_save_that_tests_stop_is_in_the_log(world: World, root: Browser) -> None:
    stored(world)
    root.post(f"/admin/policies/rule/{world.rule.pk}/change/", narrow(world, root))
    event = LogEvent.objects.latest("pk")
    assert (event.event_type, event.outcome) == ("policy.test.fail", "FAILURE")
    assert (event.reason, event.server_id) == ("policy_tests_fail", "orders")
    assert event.actor_name == "root@example.com"
    assert "Ada reads: expected rule" in str(event.body["debugData"]["failingTests"])
    history = root.get("/admin/servers/authorizationserver/orders/history/")
    assert b"not made" in history.content, "what was stopped doesn't read as if it had been done"
    told = root.get(f"/admin/systemlog/logevent/{event.pk}/change/").content.decode()
    assert "could not save a change that makes policy tests fail" in told
    assert not LogEvent.objects.filter(event_type="policy.rule.update").exists()


def test_a_superuser_saves_anyway_and_the_log_tells(world: World, root: Browser) -> None:
    stored(world)
    url, fields = f"/admin/policies/rule/{world.rule.pk}/change/", narrow(world, root)
    page = root.post(url, fields)
    again = {**fields, CONFIRM: page.context["seal"], "despite_tests": "1"}
    assert root.post(url, {**fields, CONFIRM: page.context["seal"]}).status_code == 200
    assert root.post(url, again).status_code == 302
    event = LogEvent.objects.get(event_type="policy.test.override")
    assert event.server_id == "orders" and "Ada reads" in str(event.body["debugData"])
    assert Rule.objects.get().conditions != world.rule.conditions


def test_an_owner_cannot_save_anyway(world: World, root: Browser) -> None:
    stored(world)
    owner = make_user(login="owner@example.com", is_staff=True)
    set_server_owners(actor=TESTER, server_id="orders", group_ids=[make_group(owner).pk])
    browser, fields = signed_in(owner), narrow(world, root)
    url = f"/admin/policies/rule/{world.rule.pk}/change/"
    page = browser.post(url, fields)
    body = page.content.decode()
    assert "Only a superuser can make it all the same." in body and "despite_tests" not in body
    again = {**fields, CONFIRM: page.context["seal"], "despite_tests": "1"}
    assert browser.post(url, again).status_code == 200
    assert Rule.objects.get().conditions == world.rule.conditions


def test_where_the_server_only_warns_the_save_goes_through_and_says_so(
    world: World, root: Browser
) -> None:
    stored(world)
    root.post(TESTS, {"mode": "warn"})
    assert AuthorizationServer.objects.get(pk="orders").policy_test_mode == "warn"
    url = f"/admin/policies/rule/{world.rule.pk}/change/"
    answer = root.post(url, narrow(world, root), follow=True)
    assert "Policy test Ada reads: expected rule" in answer.content.decode()
    assert Rule.objects.get().conditions != world.rule.conditions
    event = LogEvent.objects.get(event_type="policy.test.fail")
    assert event.severity == "WARN" and "Ada reads" in str(event.body["debugData"])


def test_row_290_who_may_look_sees_all_and_changes_nothing(
    world: World, root: Browser, auditor: Browser
) -> None:
    test = stored(world)
    body = body_of(auditor)
    assert "Ada reads" in body and "Add test" not in body and 'name="mode"' not in body
    assert "Save test" not in body_of(auditor, f"{TESTS}{test.pk}/")
    for url, fields in (
        (TESTS, written(world)),
        (TESTS, {"mode": "warn"}),
        (f"{TESTS}{test.pk}/", {"verb": "delete"}),
    ):
        assert auditor.post(url, fields).status_code == 403
    assert PolicyTest.objects.count() == 1
    assert AuthorizationServer.objects.get(pk="orders").policy_test_mode == "block"


def test_a_mode_that_is_none_is_refused(world: World, root: Browser) -> None:
    root.post(TESTS, {"mode": "maybe"})
    assert AuthorizationServer.objects.get(pk="orders").policy_test_mode == "block"
    update_server(actor=TESTER, server_id="orders", policy_test_mode="warn")
    assert "checked> Save, and say" in body_of(root)
