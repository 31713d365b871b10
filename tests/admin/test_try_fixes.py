"""What would make a request succeed is one click away: the very field, on a page that has it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from apps.clients.models import Client
from apps.clients.services import assign_user
from apps.policies.services import update_rule
from apps.servers.services import update_scope
from tests.admin.conftest import World
from tests.admin.test_try import as_ada, tried, ways
from tests.factories import TESTER, make_client, make_policy, make_scope, make_user

Made = Callable[[World, Browser], str]


def landing(browser: Browser, url: str) -> str:
    """The page of the address, which must have what the address points at."""
    place, _, field = url.partition("#")
    response = browser.get(place)
    assert response.status_code == 200, url
    body = response.content.decode()
    assert not field or f'id="{field}"' in body, url
    return body


def lacks_scope(world: World, root: Browser) -> str:
    make_scope(world.server, "orders:write")
    return as_ada(root, world, scope="openid orders:read orders:write")


def lacks_grant_type(world: World, root: Browser) -> str:
    others = [one for one in world.rule.conditions if one["type"] != "grant_types"]
    only = {"type": "grant_types", "include": ["client_credentials"]}
    update_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk, conditions=[*others, only])
    return as_ada(root, world)


def lacks_user(world: World, root: Browser) -> str:
    bob = make_user(login="bob@example.com")
    assign_user(actor=TESTER, client=world.web, user=bob)
    return as_ada(root, world, user="bob@example.com")


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lacks_scope, "scopes__include"),
        (lacks_grant_type, "grant_types__include"),
        (lacks_user, "people__include_users"),
    ],
)
def test_r9_a_rule_that_is_too_narrow_is_opened_at_the_field_that_is(
    make: Made, field: str, world: World, root: Browser
) -> None:
    found = ways(make(world, root))
    assert f"/admin/policies/rule/{world.rule.pk}/change/#id_{field}" in found
    for url in found:
        landing(root, url)


def test_r9_a_policy_for_others_is_opened_at_its_clients(world: World, root: Browser) -> None:
    other: Client = make_client("web", name="Other")
    assign_user(actor=TESTER, client=other, user=world.user)
    found = ways(as_ada(root, world, client=other.client_id))
    at = f"/admin/policies/policy/{world.policy.pk}/change/#id_chosen"
    assert at in found
    landing(root, at)


def test_r9_a_policy_that_has_no_rule_gives_no_wrong_address(world: World, root: Browser) -> None:
    make_policy(world.server, name="Bare")
    for url in ways(lacks_scope(world, root)):
        landing(root, url)


def test_a_scope_that_nobody_defined_is_defined_under_its_name(world: World, root: Browser) -> None:
    found = ways(as_ada(root, world, scope="openid orders:read nowhere"))
    form = next(one for one in found if one.startswith("/admin/servers/scope/add/"))
    assert 'value="nowhere"' in landing(root, form)


def test_r4_a_scope_that_asks_a_person_is_opened_at_its_consent(
    world: World, root: Browser
) -> None:
    scope: Any = world.scope
    update_scope(actor=TESTER, server_id="orders", scope_id=scope.pk, consent="REQUIRED")
    body = tried(
        root, client=world.service.client_id, grant_type="client_credentials", scope="orders:read"
    )
    found = ways(body)
    at = f"/admin/servers/scope/{scope.pk}/change/#id_consent"
    assert at in found, found
    landing(root, at)
