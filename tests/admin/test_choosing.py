"""Without a script, rows that are found by typing are named instead."""

from typing import Any

import pytest
from django.test import Client as Browser

from apps.policies.models import Rule
from tests.admin.conftest import World
from tests.admin.pressing import press
from tests.factories import make_client, make_group, make_user

pytestmark = pytest.mark.django_db


def rule_form(world: World, **fields: Any) -> tuple[str, dict[str, Any]]:
    lengths = {
        f"{name}_minutes_{part}": value
        for name in ("access_token", "refresh_token", "refresh_window")
        for part, value in (("number", "1"), ("unit", "60"))
    }
    given = {"name": "Named", "grant_types__include": ["authorization_code"], **lengths}
    return f"/admin/policies/rule/add/?policy={world.policy.pk}", given | fields


def test_users_and_groups_are_found_by_their_names(world: World, root: Browser) -> None:
    support = make_group(name="Support")
    bob = make_user(login="bob@example.com")
    url, data = rule_form(
        world,
        people__include_groups_typed="Engineering, Support",
        people__exclude_users_typed="bob@example.com",
    )
    assert press(root, url, data).status_code == 302
    people = next(one for one in Rule.objects.get(name="Named").conditions if "people" in str(one))
    assert set(people["include_groups"]) == {world.group.pk, support.pk}
    assert people["exclude_users"] == [bob.pk]


def test_a_name_that_nobody_has_is_told_and_nothing_is_saved(world: World, root: Browser) -> None:
    url, data = rule_form(world, people__include_groups_typed="Enginering")
    answer = root.post(url, data)
    assert "Enginering is not one of the available choices" in answer.content.decode()
    assert not Rule.objects.filter(name="Named").exists()


def test_a_name_that_two_clients_have_is_nobodys(world: World, root: Browser) -> None:
    make_client(name="Shop")
    url = f"/admin/policies/policy/{world.policy.pk}/change/"
    answer = root.post(url, {"name": "All", "chosen_typed": "Shop"})
    assert "Shop is not one of the available choices" in answer.content.decode()
