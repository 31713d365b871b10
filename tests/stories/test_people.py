"""A rule is for some people and not for others, and the log says which and why (R8, R9)."""

import pytest

from tests.factories import make_group, make_policy, make_rule
from tests.stories.people import Visit, visit
from tests.stories.wire import explanation, failed_checks, last_event, service

pytestmark = pytest.mark.django_db


def refused(shop: Visit, scope: str = "openid") -> None:
    shop.sign_in()
    assert shop.authorize(scope).error == "access_denied"


def test_a_rule_for_other_people_names_the_people() -> None:
    group = make_group(name="Engineers")
    shop = visit(rule={"groups": [group.pk]})
    refused(shop)
    assert last_event().reason == "no_matching_policy"
    assert list(failed_checks()) == ["people"]
    assert group.pk in {fragment.ref for fragment in failed_checks()["people"].fragments}


def test_a_rule_that_excludes_a_person_says_so() -> None:
    shop = visit()
    people = {"include_groups": ["EVERYONE"], "exclude_users": [shop.user.pk]}
    conditions = [
        {"type": "grant_types", "include": ["authorization_code"]},
        {"type": "people", **people},
        {"type": "scopes", "include": ["*"]},
    ]
    make_rule(make_policy(shop.server), conditions=conditions)
    refused(shop)
    assert list(failed_checks()) == ["people"]
    assert failed_checks()["people"].why_not == "this user is excluded"


def test_people_client_and_scope_are_told_apart_in_one_log() -> None:
    shop = visit("orders", "bank")
    make_rule(make_policy(shop.server, name="Theirs", clients=[service().client.pk]))
    policy = make_policy(shop.server, name="Ours")
    make_rule(policy, name="Staff", groups=[make_group().pk])
    make_rule(policy, name="Shoppers", scopes=["orders"])
    refused(shop, "openid bank")
    theirs, ours = explanation().policies
    assert (theirs.status, ours.status) == ("other_clients", "applies")
    staff, shoppers = (
        {check.name for check in rule.checks if not check.is_ok} for rule in ours.rules
    )
    assert "people" in staff
    assert shoppers == {"scopes"}
    miss = explanation().nearest_miss
    assert miss is not None and (miss.rule_name, miss.missing) == ("Shoppers", ("bank",))
