"""Everything that services know and files can say: there and back, and seen when it differs."""

from typing import Any

import pytest
import yaml as pyyaml
from django.db import transaction

from apps.clients.models import Client, LoginPolicy
from apps.clients.services import delete_client
from apps.clients.services.login_policies import owner_secret_is
from apps.management.configuration import run
from apps.management.configuration.blast import radius_of
from apps.management.configuration.export import export
from apps.management.hooks.models import EventHook
from apps.policies.models import InlineHook, PolicyTest, Rule
from apps.policies.services.inline_hooks import open_auth
from apps.servers.models import AuthorizationServer, Installation
from apps.systemlog.models import LogEvent
from tests.configuration.estate import EDITS, VARIABLES, WHOLE, set_variables
from tests.configuration.files import apply, found, problems, verbs, yaml
from tests.factories import TESTER, make_group
from tests.logbook import events, mark

pytestmark = pytest.mark.django_db


class Undo(Exception):
    """Back to the empty database."""


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file refers to."""
    set_variables(monkeypatch)


@pytest.fixture
def whole() -> run.Result:
    """The organisation, made."""
    return run.apply(WHOLE.encode())


def test_an_export_makes_the_same_again_on_an_empty_installation_byte_for_byte() -> None:
    first = ""
    try:
        with transaction.atomic():
            run.apply(WHOLE.encode())
            first = export()
            raise Undo
    except Undo:
        assert not AuthorizationServer.objects.filter(pk="orders").exists()
    run.apply(first.encode())
    assert export() == first


def test_every_part_of_the_file_is_in_the_export(whole: run.Result) -> None:
    """Spelt otherwise where the file says what goes without saying."""
    parsed = pyyaml.safe_load(export())
    assert parsed["installation"] == {
        "staffNeedSecondFactor": True,
        "peopleNeedVerifiedEmail": True,
    }
    server = parsed["authorizationServers"][1]
    assert (server["policyTestMode"], server["secondPerson"]) == ("warn", True)
    assert server["owners"] == ["Orders team"]
    assert server["policies"][0]["rules"][0]["inlineHook"] == "Add the shop"
    assert [(one["name"], one["expect"]) for one in server["tests"]] == [
        ("Bob reads", {"policy": "Web", "rule": "Read"}),
        ("nightly asks for orders:drop by client_credentials", "denied"),
        ("nightly asks for orders:read by client_credentials", "allowed"),
    ]
    assert parsed["clients"][0]["owners"] == ["Orders team", "Web team"]
    assert [one["name"] for one in parsed["eventHooks"]] == ["Quiet", "Watch"]


@pytest.mark.usefixtures("whole")
def test_a_second_apply_plans_nothing_and_records_nothing() -> None:
    log = mark()
    assert run.plan(WHOLE.encode(), prune=True).changes == []
    assert run.apply(WHOLE.encode(), prune=True).changes == []
    assert run.apply(export().encode(), prune=True).changes == []
    assert events(since=log) == []


@pytest.mark.usefixtures("whole")
@pytest.mark.parametrize("path", EDITS)
def test_drift_sees_each_part_and_plan_tells_that_nothing_dies_of_it(path: str) -> None:
    [seen] = run.drift(edited(pyyaml.safe_load(export()), path)).changes
    assert (seen.verb, seen.item.path) == ("update", path)
    assert radius_of(seen) is None


def test_what_drifts_is_put_back_by_the_file() -> None:
    run.apply(WHOLE.replace("    secondPerson: true\n", "").encode())
    text = export()
    changed = run.apply(edited(pyyaml.safe_load(text), *EDITS)).changes
    assert {one.item.path for one in changed} == set(EDITS)
    assert export() != text
    run.apply(text.encode())
    assert export() == text


def edited(document: dict[str, Any], *paths: str) -> bytes:
    """The file with these parts otherwise."""
    for path in paths:
        place, value = EDITS[path]
        one: Any = document
        for step in place[:-1]:
            one = one[step]
        one[place[-1]] = value
    return str(pyyaml.safe_dump(document)).encode()


def test_secrets_come_from_where_the_file_says_and_are_never_in_an_export(
    whole: run.Result,
) -> None:
    customers = LoginPolicy.objects.get(title="Customers")
    assert owner_secret_is(customers, VARIABLES["STORE_SECRET"])
    assert open_auth(InlineHook.objects.get(name="Add the shop")) == VARIABLES["HOOK_SECRET"]
    made = {(one.word, one.noun, one.name): one.text for one in whole.secrets}
    assert made.keys() == {
        ("secret", "login policy", "Staff"),
        ("secret", "client", "demo-web"),
        ("secret", "client", "nightly"),
        ("secret", "event hook", "Watch"),
        ("signing secret", "event hook", "Watch"),
        ("signing secret", "event hook", "Quiet"),
    }
    text = export()
    assert not [one for one in (*made.values(), *VARIABLES.values()) if one in text]


@pytest.mark.usefixtures("whole")
def test_another_secret_behind_a_reference_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "Bearer another-one-0")
    result = run.apply(WHOLE.encode())
    assert verbs(result) == [("update", "inlineHooks[Add the shop]")]
    assert open_auth(InlineHook.objects.get(name="Add the shop")) == "Bearer another-one-0"
    assert "another-one-0" not in str(list(LogEvent.objects.values()))


@pytest.mark.usefixtures("whole")
def test_where_the_users_of_a_login_policy_are_is_said_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STORE_SECRET", "another-secret-0")
    path = "loginPolicies[Customers].identityStoreDetails.connectionDetails"
    lines = problems(WHOLE.replace("store.example.com", "s2.example.com").encode())
    words = "can't be changed: give the new login policy another title"
    assert [line.partition(": ")[2] for line in lines] == [
        f"{path}.domain: {words}",
        f"{path}.clientSecret: {words}",
    ]


def test_names_of_nothing_are_told_with_their_lines() -> None:
    text = """
        clients:
          - {clientId: client-a, type: web, redirectUris: ["https://a.example.com/"],
             loginPolicy: None such, owners: [Nobody]}
        authorizationServers:
          - id: default
            owners: [EVERYONE]
            policies:
              - {name: P, clients: [client-a], rules: [{name: R, grantTypes: [], inlineHook: H}]}
        """
    assert [str(one).partition("].")[2] for one in found(text)] == [
        "loginPolicy: names no login policy: None such",
        "owners: names no group: Nobody",
        "owners: names no group: EVERYONE",
        "policies[P].rules[R].inlineHook: names no inline hook: H",
    ]


def test_rows_250_298_an_address_that_may_not_be_talked_to_is_refused_and_nothing_made() -> None:
    text = """
        inlineHooks: [{name: In, url: "https://127.0.0.1/"}]
        eventHooks: [{name: Out, url: "http://93.184.216.34/",
                      events: [app.oauth2.as.token.revoke]}]
        """
    words = "must be an https address that can be reached from the public internet"
    assert problems(yaml(text)) == [
        f"2: inlineHooks[In].url: {words}",
        f"3: eventHooks[Out].url: {words}",
    ]
    assert not InlineHook.objects.exists() and not EventHook.objects.exists()


def test_a_rule_that_two_policies_have_is_told_by_both_names() -> None:
    text = WHOLE.replace("{policy: Web, rule: Read}", "{rule: Read}")
    assert problems(text.encode()) == [
        "64: authorizationServers[orders].tests[Bob reads].expect: "
        "names several rules, of Jobs, Web: give the policy, too"
    ]


@pytest.mark.usefixtures("whole")
def test_pruning_removes_hooks_that_no_rule_names_any_more() -> None:
    apply("installation: {staffNeedSecondFactor: false}\neventHooks: []\ninlineHooks: []")
    assert InlineHook.objects.count() == EventHook.objects.count() == 2
    apply("eventHooks: []\ninlineHooks: [{name: Add the shop}]", prune=True)
    assert not Installation.objects.get().staff_need_second_factor
    assert list(InlineHook.objects.values_list("name", flat=True)) == ["Add the shop"]
    assert not EventHook.objects.exists()


def test_a_stored_test_about_somebody_gone_stays_and_is_in_no_export() -> None:
    run.apply(WHOLE.replace("    secondPerson: true\n", "").encode())
    delete_client(actor=TESTER, client=Client.objects.get(client_id="nightly"))
    text = export()
    assert "nightly" not in text
    assert run.apply(text.encode(), prune=True).changes == []
    assert PolicyTest.objects.count() == 3


def test_a_test_follows_the_rule_that_has_its_name_now() -> None:
    """A rule of another name is another rule."""
    run.apply(WHOLE.replace("    secondPerson: true\n", "").encode())
    text = export().replace("name: Read\n", "name: Look\n").replace("rule: Read", "rule: Look")
    run.apply(text.encode(), prune=True)
    rule = Rule.objects.get(name="Look", policy__name="Web")
    assert PolicyTest.objects.get(name="Bob reads").rule_id == rule.pk
    assert export() == text


@pytest.mark.usefixtures("whole")
def test_an_owner_that_is_deleted_owns_nothing_first() -> None:
    make_group(name="New team")
    text = """
        groups: [{name: New team}, {name: Orders team}]
        clients: [{clientId: demo-web, owners: [New team]}]
        """
    apply(text, prune=False)
    assert [one.name for one in Client.objects.get(client_id="demo-web").owners.all()] == [
        "New team"
    ]
