"""Put back: a page of now and then, a yes, and the same services as any save."""

import html
import re
from typing import Any

import pytest
from django.test import Client as Browser

from apps.clients.models import Client, TokenPolicy
from apps.clients.services import delete_client, delete_token_policy, update_client
from apps.directory.models import Group, GroupMembership
from apps.directory.services import (
    add_member,
    create_group,
    delete_group,
    remove_member,
    update_user,
)
from apps.policies.models import Policy, Rule
from apps.policies.services import (
    create_policy_test,
    delete_policy,
    delete_rule,
    reorder_rules,
    update_policy,
    update_rule,
)
from apps.servers.models import AuthorizationServer, Scope
from apps.servers.services import delete_scope, delete_server, set_server_owners, update_scope
from apps.systemlog.models import LogEvent
from tests.admin.conftest import World, signed_in
from tests.factories import TESTER, make_client, make_group, make_rule, make_token_policy, make_user

HIDDEN = re.compile(r'<input type="(hidden|checkbox)"([^>]*)>')
PART = re.compile(r'(name|value)="([^"]*)"')


def last(event_type: str) -> LogEvent:
    """The latest event of this type."""
    return LogEvent.objects.filter(event_type=event_type).latest("pk")


def page(browser: Browser, event: LogEvent, *, whole: bool = False) -> str:
    """The question."""
    url = f"/admin/history/put-back/{event.pk}/" + ("?whole=1" if whole else "")
    response = browser.get(url)
    assert response.status_code == 200
    return response.content.decode()


def yes(browser: Browser, event: LogEvent, *, whole: bool = False) -> Any:
    """Tick what has to be ticked, and press the button."""
    body = page(browser, event, whole=whole)
    form = body.split('class="deliberate"', 1)[1]
    fields = [dict(PART.findall(found)) for _, found in HIDDEN.findall(form)]
    data = {one["name"]: html.unescape(one.get("value", "on")) for one in fields if "name" in one}
    data.pop("despite_tests", None)
    url = f"/admin/history/put-back/{event.pk}/"
    return browser.post(url, data, follow=True)


def test_one_change_of_a_rule_is_put_back(world: World, root: Browser) -> None:
    key: dict[str, Any] = {"actor": TESTER, "server_id": "orders", "rule_id": world.rule.pk}
    update_rule(**key, access_token_minutes=10)
    event = last("policy.rule.update")
    update_rule(**key, name="Other")
    body = page(root, event)
    assert "<del>10</del>" in body and "<ins>60</ins>" in body
    answer = yes(root, event)
    assert "Other was put back" in answer.content.decode()
    rule = Rule.objects.get(pk=world.rule.pk)
    assert (rule.access_token_minutes, rule.name) == (60, "Other")
    assert last("policy.rule.update").actor_name == "root@example.com"


def test_the_state_before_an_entry_takes_back_all_that_came_since(
    world: World, root: Browser
) -> None:
    key: dict[str, Any] = {"actor": TESTER, "server_id": "orders", "rule_id": world.rule.pk}
    update_rule(**key, access_token_minutes=10)
    event = last("policy.rule.update")
    update_rule(**key, name="Other", access_token_minutes=20)
    yes(root, event, whole=True)
    rule = Rule.objects.get(pk=world.rule.pk)
    assert (rule.access_token_minutes, rule.name) == (60, "Read")


def test_a_deleted_policy_comes_back_with_its_rules_in_order(world: World, root: Browser) -> None:
    make_rule(world.policy, name="First", priority=1)
    delete_policy(actor=TESTER, server_id="orders", policy_id=world.policy.pk)
    yes(root, last("policy.lifecycle.delete"))
    policy = Policy.objects.get(server="orders", name="All")
    assert policy.pk != world.policy.pk
    assert sorted(policy.clients) == sorted([world.service.pk, world.web.pk])
    rules = list(policy.rules.order_by("priority"))
    assert [rule.name for rule in rules] == ["First", "Read"]
    assert rules[1].conditions == world.rule.conditions


def test_a_policy_whose_clients_are_gone_comes_back_for_none_of_them(
    world: World, root: Browser
) -> None:
    update_policy(
        actor=TESTER, server_id="orders", policy_id=world.policy.pk, clients=[world.web.pk]
    )
    delete_policy(actor=TESTER, server_id="orders", policy_id=world.policy.pk)
    event = last("policy.lifecycle.delete")
    delete_client(actor=TESTER, client=world.web)
    answer = yes(root, event).content.decode()
    assert "Clients that are gone are left out" in answer
    assert Policy.objects.get(server="orders", name="All").clients == []


def test_a_deleted_rule_whose_policy_is_gone_stays_gone(world: World, root: Browser) -> None:
    delete_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk)
    event = last("policy.rule.delete")
    delete_policy(actor=TESTER, server_id="orders", policy_id=world.policy.pk)
    assert "brings its rules with it" in page(root, event)


def test_a_deleted_server_comes_back_under_its_id_with_all_its_parts(
    world: World, root: Browser
) -> None:
    set_server_owners(actor=TESTER, server_id="orders", group_ids=[world.group.pk])
    delete_server(actor=TESTER, server_id="orders")
    body = yes(root, last("oauth2.as.deleted")).content.decode()
    assert "new signing keys" in body
    server = AuthorizationServer.objects.get(pk="orders")
    assert server.name == "Orders API" and server.epoch > world.server.epoch
    assert server.scopes.filter(name="orders:read").exists()
    assert [one.name for one in server.owners.all()] == ["Engineering"]
    policies: Any = server.policies
    assert [rule.name for one in policies.all() for rule in one.rules.all()] == ["Read"]


def test_a_deleted_client_comes_back_assigned_and_without_a_secret(
    world: World, root: Browser
) -> None:
    client_id = world.web.client_id
    delete_client(actor=TESTER, client=world.web)
    body = yes(root, last("application.lifecycle.delete")).content.decode()
    assert "It has no secret" in body
    client = Client.objects.get(client_id=client_id)
    assert client.pk != world.web.pk and client.redirect_uris == world.web.redirect_uris
    assert not client.secrets.exists()
    assert [one.group_id for one in client.group_assignments.all()] == [world.group.pk]


def test_a_deleted_group_comes_back_with_members_and_clients(world: World, root: Browser) -> None:
    delete_group(actor=TESTER, group=world.group)
    yes(root, last("group.lifecycle.delete"))
    group = Group.objects.get(name="Engineering")
    assert group.pk != world.group.pk
    assert [one.user_id for one in group.memberships.all()] == [world.user.pk]
    assert world.web.group_assignments.filter(group=group).exists()


def test_a_membership_that_ended_comes_back_as_a_new_path(world: World, root: Browser) -> None:
    old = GroupMembership.objects.get(group=world.group, user=world.user).pk
    remove_member(actor=TESTER, group=world.group, user=world.user)
    yes(root, last("group.user_membership.remove"))
    assert GroupMembership.objects.get(group=world.group, user=world.user).pk > old
    yes(root, last("group.user_membership.add"))
    assert not GroupMembership.objects.filter(group=world.group, user=world.user).exists()


def test_users_clients_scopes_and_token_policies_get_former_values(
    world: World, root: Browser
) -> None:
    update_user(actor=TESTER, user=world.user, first_name="Eve", profile={"city": "Berlin"})
    yes(root, last("user.account.update_profile"))
    world.user.refresh_from_db()
    assert (world.user.first_name, world.user.profile) == ("Ada", {})
    update_client(actor=TESTER, client=world.web, name="Other", redirect_uris=["https://b.example"])
    yes(root, last("application.lifecycle.update"))
    assert Client.objects.get(pk=world.web.pk).name == "Shop"
    update_scope(actor=TESTER, server_id="orders", scope_id=world.scope.pk, name="x:y")
    yes(root, last("oauth2.scope.updated"))
    assert Scope.objects.get(pk=world.scope.pk).name == "orders:read"
    policy = make_token_policy(title="Few", allowed_scopes=[".:**"])
    delete_token_policy(actor=TESTER, policy=policy)
    yes(root, last("token_policy.lifecycle.delete"))
    assert TokenPolicy.objects.get(title="Few").allowed_scopes == [".:**"]


def test_an_order_is_put_back_whole(world: World, root: Browser) -> None:
    rules = [world.rule, make_rule(world.policy), make_rule(world.policy)]
    ids = [rule.pk for rule in rules]
    key: dict[str, Any] = {"actor": TESTER, "server_id": "orders", "policy_id": world.policy.pk}
    reorder_rules(**key, rule_ids=ids[::-1])
    yes(root, last("policy.rule.update"))
    assert list(Rule.objects.order_by("priority").values_list("pk", flat=True)) == ids


@pytest.mark.parametrize(
    ("event_type", "why"),
    [
        ("oauth2.scope.created", "delete it on its page"),
        ("app.oauth2.credentials.lifecycle.create", "Of a secret the log holds nothing"),
    ],
)
def test_what_holds_too_little_offers_no_button_and_says_why(
    world: World, root: Browser, event_type: str, why: str
) -> None:
    event = last(event_type)
    assert why in page(root, event)
    body = root.get(f"/admin/history/OAuth2Scope/{world.scope.pk}/").content.decode()
    assert "put-back" not in body


def test_an_event_of_an_earlier_version_says_so(world: World, root: Browser) -> None:
    delete_client(actor=TESTER, client=world.web)
    event = last("application.lifecycle.delete")
    del event.body["target"][0]["changeDetails"]
    LogEvent.objects.filter(pk=event.pk).delete()
    event.save(force_insert=True)
    assert "an earlier version wrote it" in page(root, event)
    body = root.get(f"/admin/history/AppInstance/{world.web.pk}/", follow=True).content.decode()
    assert f"put-back/{event.pk}/" not in body


def test_policy_tests_stand_behind_it_as_behind_any_save(world: World, root: Browser) -> None:
    key: dict[str, Any] = {"actor": TESTER, "server_id": "orders"}
    update_policy(**key, policy_id=world.policy.pk, clients=["ALL_CLIENTS"])
    event = last("policy.lifecycle.update")
    delete_rule(**key, rule_id=world.rule.pk)
    make_rule(world.policy, name="New", grants=["client_credentials"], groups=["EVERYONE"])
    third = make_client("service")
    create_policy_test(
        **key,
        name="third",
        client_id=third.pk,
        grant_type="client_credentials",
        scopes=["orders:read"],
        outcome="ALLOW",
    )
    body = page(root, event)
    assert "third" in body
    yes(root, event)
    assert Policy.objects.get(pk=world.policy.pk).clients == ["ALL_CLIENTS"]


def test_who_may_not_change_it_may_not_put_it_back(world: World, auditor: Browser) -> None:
    delete_scope(actor=TESTER, server_id="orders", scope_id=world.scope.pk)
    event = last("oauth2.scope.deleted")
    assert auditor.get(f"/admin/history/put-back/{event.pk}/").status_code == 403
    body = auditor.get(f"/admin/history/OAuth2Scope/{world.scope.pk}/").content.decode()
    assert "put-back" not in body


def test_an_owner_puts_back_what_is_of_the_server_but_hands_nothing_on(world: World) -> None:
    person = make_user(is_staff=True)
    owners = create_group(actor=TESTER, name="Owners")
    add_member(actor=TESTER, group=owners, user=person)
    set_server_owners(actor=TESTER, server_id="orders", group_ids=[owners.pk])
    set_server_owners(actor=TESTER, server_id="orders", group_ids=[owners.pk, make_group().pk])
    browser = signed_in(person)
    assert "This can&#x27;t be put back" in page(browser, last("oauth2.as.updated"))
    update_scope(actor=TESTER, server_id="orders", scope_id=world.scope.pk, description="D")
    yes(browser, last("oauth2.scope.updated"))
    assert Scope.objects.get(pk=world.scope.pk).description == ""
    update_user(actor=TESTER, user=world.user, first_name="Eve")
    url = f"/admin/history/put-back/{last('user.account.update_profile').pk}/"
    assert browser.get(url).status_code == 403


def test_row_294_a_get_changes_nothing(world: World, root: Browser) -> None:
    delete_scope(actor=TESTER, server_id="orders", scope_id=world.scope.pk)
    count = LogEvent.objects.count()
    page(root, last("oauth2.scope.deleted"))
    assert not Scope.objects.filter(name="orders:read").exists()
    assert LogEvent.objects.count() == count
