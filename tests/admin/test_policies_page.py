"""The page of access policies: volumes, rules that never decide, and their order (R9, R15)."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client as Browser

from apps.directory.services import delete_group
from apps.policies.models import Policy, Rule
from apps.policies.services import update_rule
from apps.systemlog.models import LogEvent, Tally
from apps.systemlog.tally import GRANT
from tests.admin.conftest import World, ask_for_token, signed_in
from tests.factories import TESTER, make_group, make_policy, make_rule, make_scope, make_user
from tests.systemlog.test_tally import count

PAGE = "/admin/servers/authorizationserver/orders/policies/"


def shown(browser: Browser) -> str:
    response = browser.get(PAGE)
    assert response.status_code == 200
    return response.content.decode()


def row(body: str, rule: Rule) -> str:
    _, _, rest = body.partition(f'id="rule-{rule.pk}"')
    return rest.partition("</li>\n" if "</li>\n" in rest else "</ol>")[0]


def order(policy: Policy) -> list[str]:
    return list(policy.rules.order_by("priority").values_list("name", flat=True))


def narrow(world: World, **more: Any) -> Rule:
    return make_rule(
        world.policy, name="Night shift", groups=[world.group.pk], scopes=["orders:read"], **more
    )


def test_r9_a_rule_that_never_matches_says_which_one_answers_and_moves_before_it(
    world: World, root: Browser
) -> None:
    first = make_rule(world.policy, name="Wide", priority=1)
    body = row(shown(root), world.rule)
    assert "Never matches" in body and "rule 1 answers first" in body and "Move up" in body
    assert "Never matches" not in row(shown(root), first)
    root.post(PAGE, {"rule": world.rule.pk, "place": "1"})
    assert order(world.policy) == ["Read", "Wide"]
    assert "Never matches" not in shown(root)


def test_r9_two_equal_rules_are_not_helped_by_moving(world: World, root: Browser) -> None:
    copy = narrow(world)
    copy.refresh_from_db()
    body = row(shown(root), copy)
    assert "Never matches" in body and "Move up" not in body


def test_a_rule_whose_people_are_gone_says_so(world: World, root: Browser) -> None:
    group = make_group(name="Gone")
    rule = make_rule(world.policy, name="For nobody", groups=[group.pk], scopes=["orders:read"])
    assert "Never matches" not in row(shown(root), rule)
    delete_group(actor=TESTER, group=group)
    body = row(shown(root), rule)
    assert "Never matches" in body


def test_a_rule_whose_time_is_over_says_since_when(world: World, root: Browser) -> None:
    ended = {"type": "validity", "valid_until": "2020-01-01T00:00:00+00:00"}
    update_rule(
        actor=TESTER,
        server_id="orders",
        rule_id=world.rule.pk,
        conditions=[*world.rule.conditions, ended],
    )
    assert "Its time ended on 2020-01-01 00:00 UTC." in row(shown(root), world.rule)


def test_what_a_rule_granted_is_told_and_leads_to_those_events_alone(
    world: World, root: Browser
) -> None:
    make_scope(world.server, "orders:write")
    other = make_rule(world.policy, name="Others", scopes=["orders:write"])
    for scope in ("orders:read", "orders:write", "orders:write"):
        ask_for_token(world, scope)
    count()
    for rule, number in ((world.rule, 1), (other, 2)):
        body = row(shown(root), rule)
        day, week = re.findall(r'href="([^"]+/logevent/[^"]+)"', body)
        assert f">{number}</a>" in body and f"{number} in 7 days" in body
        for url, span in ((day, "day"), (week, "week")):
            assert f"rule={rule.pk}" in url and f"since={span}" in url
            log = root.get(url.replace("&amp;", "&")).content.decode()
            assert log.count("got an access token") == number
            assert f">{rule.name}</a>" in log


def test_a_rules_count_is_read_as_thousands(world: World, root: Browser) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    Tally.objects.create(
        hour=hour, server_id="orders", kind=GRANT, rule_id=world.rule.pk, count=18930
    )
    assert "18,930" in row(shown(root), world.rule)


def test_the_denials_of_the_last_hour_lead_to_the_log(world: World, root: Browser) -> None:
    assert "Nothing was denied here in the last hour." in shown(root)
    ask_for_token(world, "orders:read openid")
    body = shown(root)
    assert "1 denial in the last hour came from this page: " in body
    link = re.search(r'href="([^"]+outcome=FAILURE[^"]*since=hour)"', body)
    assert link and root.get(link[1].replace("&amp;", "&")).status_code == 200


def test_r15_a_whole_order_is_written_at_once_and_revokes_nothing(
    world: World, root: Browser
) -> None:
    second = narrow(world)
    third = make_rule(world.policy, name="Third", groups=[world.group.pk])
    epochs = set(Rule.objects.values_list("pk", "epoch"))
    ids = ",".join([third.pk, world.rule.pk, second.pk])
    data = {"of": "rules", "policy": world.policy.pk, "order": ids}
    assert root.post(PAGE, data).status_code == 302
    assert order(world.policy) == ["Third", "Read", "Night shift"]
    assert set(Rule.objects.values_list("pk", "epoch")) == epochs
    other = make_policy(world.server, name="Other")
    root.post(PAGE, {"of": "policies", "order": f"{other.pk},{world.policy.pk}"})
    assert list(Policy.objects.order_by("priority").values_list("name", flat=True))[:2] == [
        "Other",
        "All",
    ]


def test_an_order_of_an_old_page_is_refused(world: World, root: Browser) -> None:
    narrow(world)
    data = {"of": "rules", "policy": world.policy.pk, "order": world.rule.pk}
    body = root.post(PAGE, data, follow=True).content.decode()
    assert "the list may have changed meanwhile" in body
    assert order(world.policy) == ["Read", "Night shift"]


@pytest.mark.parametrize(("place", "expected"), [("1", 0), ("2", 1), ("99", 1), ("", 1), ("x", 1)])
def test_a_place_is_typed(world: World, root: Browser, place: str, expected: int) -> None:
    second = narrow(world)
    root.post(PAGE, {"rule": second.pk, "place": place})
    assert order(world.policy).index("Night shift") == expected


def test_who_may_only_look_gets_no_form_and_no_effect(world: World, auditor: Browser) -> None:
    second = narrow(world)
    body = shown(auditor)
    assert 'name="place"' not in body and "Move up" not in body
    assert auditor.post(PAGE, {"rule": second.pk, "place": "1"}).status_code == 403
    assert order(world.policy) == ["Read", "Night shift"]
    assert signed_in(make_user()).get(PAGE).status_code in (302, 403)
    assert not LogEvent.objects.filter(event_type="policy.rule.update").exists()
