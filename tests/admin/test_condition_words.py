"""Conditions of rules are told, not printed: before saving, in histories, at any time."""

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.policies.services import update_rule
from apps.systemlog.admin.conditions import condition_words
from tests.admin.conftest import World
from tests.admin.test_before import change_rule
from tests.factories import TESTER, make_group
from tests.oauth.grants_fixture import make_world, sign_in


def narrower(world: World, group: str) -> None:
    rows = [
        {**one, "include_groups": [group]} if one["type"] == "people" else one
        for one in world.rule.conditions
    ]
    update_rule(actor=TESTER, server_id="orders", rule_id=world.rule.pk, conditions=rows)


def test_a_history_tells_conditions_with_names(world: World, root: Browser) -> None:
    url = f"/admin/history/PolicyRule/{world.rule.pk}/"
    narrower(world, make_group(name="Contractors").pk)
    body = root.get(url).content.decode()
    assert "people in Contractors" in body and "people in Engineering" in body
    assert "ask for orders:read" in body or "asks for orders:read" in body
    assert "include_groups" not in body and "&quot;type&quot;" not in body
    with CaptureQueriesContext(connection) as few:
        root.get(url)
    for name in ("Night", "Day"):
        narrower(world, make_group(name=name).pk)
    with CaptureQueriesContext(connection) as many:
        assert "people in Night" in root.get(url).content.decode()
    assert len(many) == len(few)


def test_the_page_before_saving_tells_them(db: None, root: Browser) -> None:
    scene = make_world(token_format="opaque")
    sign_in(scene)
    url, data = change_rule(scene, root)
    grants = data["grant_types__include"]
    assert len(grants) > 1
    body = root.post(url, data | {"grant_types__include": grants[:1]}).content.decode()
    assert "Before this is saved" in body and "Conditions" in body
    assert "&quot;type&quot;" not in body and "When" in body


def test_what_can_not_be_read_is_shown_as_it_is(db: None) -> None:
    assert condition_words([{"type": "unheard of"}]) == ""
    assert condition_words([{"kid": "a"}]) == condition_words("text") == ""
