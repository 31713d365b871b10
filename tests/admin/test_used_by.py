"""Used by: every object's page says what stands on it, in a fixed number of statements."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.clients.services import assign_user, set_client_owners
from apps.management.api_tokens.services import create_api_token
from apps.policies.services import create_policy_test, update_rule
from apps.policies.services.inline_hooks import create_inline_hook
from apps.servers.services import set_resource_servers, set_server_owners, update_scope
from apps.systemlog.admin.used_by import known, used_by
from tests.admin.conftest import World
from tests.factories import TESTER, make_claim, make_client, make_policy, make_rule, make_user


def panel(browser: Browser, label: str, pk: object, page: str = "change") -> str:
    """The panel of an object's page."""
    body = browser.get(f"/admin/{label}/{pk}/{page}/").content.decode()
    assert body.count('id="used-by"') == 1
    return body.split('id="used-by"')[1].split("</section>")[0]


def everything(world: World) -> None:
    """Something of each kind that uses something."""
    make_claim(world.server, "team", "Eng", value_type="GROUPS", group_filter_type="STARTS_WITH")
    make_claim(world.server, "desk", "'1'", scopes=["orders:read"])
    set_server_owners(actor=TESTER, server_id="orders", group_ids=[world.group.pk])
    set_client_owners(actor=TESTER, client=world.web, group_ids=[world.group.pk])
    set_resource_servers(actor=TESTER, server_id="orders", client_ids=[world.service.pk])
    assign_user(actor=TESTER, client=world.web, user=world.user)
    conditions = [
        {"type": "grant_types", "include": ["authorization_code"]},
        {"type": "people", "include_users": [world.user.pk], "include_groups": [world.group.pk]},
        {"type": "scopes", "include": ["orders:read"]},
    ]
    update_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk, conditions=conditions)
    create_policy_test(
        actor=TESTER,
        server_id="orders",
        name="shop",
        client_id=world.web.pk,
        user_id=world.user.pk,
        grant_type="authorization_code",
        scopes=["orders:read"],
        outcome="ALLOW",
        rule_id=world.rule.pk,
    )


def test_each_kind_names_what_uses_it_with_links(world: World, root: Browser) -> None:
    everything(world)
    found = panel(root, "servers/scope", world.scope.pk)
    assert "All / Read" in found and "desk" in found
    assert f"/admin/policies/rule/{world.rule.pk}/change/" in found
    found = panel(root, "directory/group", world.group.pk)
    assert {"Shop", "Orders API", "Orders API: team", "All / Read"} <= {
        part.split("<")[0] for part in found.split(">")
    }
    found = panel(root, "directory/user", world.user.pk)
    assert "Shop" in found and "All / Read" in found and "Orders API: shop" in found
    found = panel(root, "clients/client", world.web.pk)
    assert "Orders API: All" in found and "ada@example.com" in found and "Engineering" in found
    found = panel(root, "clients/client", world.service.pk)
    assert "Protected API of" in found
    found = panel(root, "policies/rule", world.rule.pk)
    assert "Orders API: shop" in found


def test_a_users_api_tokens_are_named(world: World, root: Browser) -> None:
    person = make_user(is_staff=True)
    create_api_token(actor=TESTER, owner=person, name="nightly")
    assert "nightly" in panel(root, "directory/user", person.pk)


def test_hooks_and_claims_know_their_uses(world: World) -> None:
    hook = create_inline_hook(actor=TESTER, name="Add", url="https://hooks.example.com/a")
    update_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk, hook_id=hook.pk)
    [fact] = (used_by(hook) or {})["facts"]
    assert fact["parts"][0]["link"] == "All / Read"
    claim = make_claim(world.server, "desk", "'1'", scopes=["orders:read"])
    [fact] = (used_by(claim) or {})["facts"]
    assert fact["parts"][0]["link"] == "orders:read"


def test_what_nothing_uses_says_so(world: World, root: Browser) -> None:
    update_scope(actor=TESTER, server_id="orders", scope_id=world.scope.pk, name="free:scope")
    assert "Nothing uses it" in panel(root, "servers/scope", world.scope.pk)


def test_the_question_before_a_deletion_shows_it_too(world: World, root: Browser) -> None:
    assert "All / Read" in panel(root, "servers/scope", world.scope.pk, "delete")


def test_every_kind_with_a_page_has_finders() -> None:
    assert known() >= {
        *("servers.scope", "servers.claim", "policies.policy", "policies.rule"),
        *("policies.inlinehook", "clients.client", "clients.tokenpolicy", "clients.loginpolicy"),
        *("directory.user", "directory.group"),
    }


@pytest.mark.parametrize("kind", ["scope", "group", "user", "web", "policy", "rule"])
def test_it_takes_as_many_statements_for_many_uses(world: World, kind: str) -> None:
    everything(world)
    row = getattr(world, kind)
    used_by(row)
    with CaptureQueriesContext(connection) as few:
        used_by(row)
    for _ in range(15):
        policy = make_policy(world.server, clients=[world.web.pk])
        make_rule(policy, groups=[world.group.pk], scopes=["orders:read"])
        assign_user(actor=TESTER, client=make_client(), user=world.user)
    with CaptureQueriesContext(connection) as many:
        facts = (used_by(row) or {})["facts"]
    assert len(many) == len(few) <= 9
    assert all(len(fact["parts"]) <= 24 for fact in facts)
