"""`…/whatif` foretells what /authorize, /token and the grants will do (R9, R11, R15)."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.clients.services import deactivate_client, delete_client
from apps.directory.services import deactivate_user, delete_user
from apps.oauth.simulation import recorded
from apps.policies.models import Rule
from tests.factories import TESTER
from tests.management.okta.caller import Program, cause_of
from tests.management.okta.small_world import SmallWorld, Told, Wish, small_world, wishes
from tests.oauth import flow
from tests.oauth.world import stored

Body = dict[str, Any]
Change = Callable[[list[Body]], None]
CHANGES = ("gains", "loses", "otherRule", "otherLifetimes", "otherScopes")


def policies_now(api: Program, world: SmallWorld) -> list[Body]:
    """As an administrator's program reads them."""
    found: list[Body] = api.get(f"{world.path}/policies").json()
    for policy in found:
        policy["rules"] = api.get(f"{world.path}/policies/{policy['id']}/rules").json()
    return found


def asked(api: Program, world: SmallWorld, policies: list[Body], **more: Any) -> Body:
    response = api.post(f"{world.path}/whatif", {"policies": policies, **more})
    assert response.status_code == 200, response.content
    found: Body = response.json()
    return found


def carry_out(api: Program, world: SmallWorld, policies: list[Body]) -> None:
    """The proposal for real, call by call."""
    for policy in policies:
        path = f"{world.path}/policies/{policy['id']}"
        assert api.put(path, policy).status_code == 200
        for rule in policy["rules"]:
            done = api.put(f"{path}/rules/{rule['id']}", rule)
            assert done.status_code == 200, done.content
            verb = "activate" if rule["status"] == "ACTIVE" else "deactivate"
            assert api.post(f"{path}/rules/{rule['id']}/lifecycle/{verb}").status_code == 204


def staff_loses_write(policies: list[Body]) -> None:
    policies[0]["rules"][0]["conditions"]["scopes"]["include"] = ["read"]


def everyone_may_write(policies: list[Body]) -> None:
    policies[0]["rules"][1]["conditions"]["scopes"]["include"] = ["read", "write"]


def staff_rule_is_inactive(policies: list[Body]) -> None:
    policies[0]["rules"][0]["status"] = "INACTIVE"


def jobs_are_for_all(policies: list[Body]) -> None:
    policies[1]["conditions"]["clients"]["include"] = ["ALL_CLIENTS"]


def shorter_tokens(policies: list[Body]) -> None:
    policies[1]["rules"][0]["actions"]["token"]["accessTokenLifetimeMinutes"] = 5


def another_name(policies: list[Body]) -> None:
    policies[0]["rules"][0]["name"] = "Renamed"


ALL_CHANGES: list[Change] = [
    staff_loses_write,
    everyone_may_write,
    staff_rule_is_inactive,
    jobs_are_for_all,
    shorter_tokens,
    another_name,
]


def actual(before: Told, after: Told) -> set[str]:
    """How what really happens differs, as far as clients can see it."""
    if bool(before.error) is not bool(after.error):
        return {"gains"} if before.error else {"loses"}
    lives = [one.members.get("expires_in") for one in (before, after)]
    found = {"otherLifetimes"} if lives[0] != lives[1] else set()
    return found | ({"otherScopes"} if before.scopes != after.scopes else set())


@pytest.mark.parametrize("mode", ["reject", "narrow"])
@pytest.mark.parametrize("change", ALL_CHANGES)
def test_r9_what_is_foretold_comes_true(api: Program, change: Change, mode: str) -> None:
    world = small_world(scope_mode=mode)
    before = {wish: world.really(wish) for wish in wishes()}
    policies = policies_now(api, world)
    change(policies)
    foretold = asked(api, world, policies)["recorded"]
    assert foretold["unchanged"] + foretold["gains"] + foretold["loses"] <= len(before)
    carry_out(api, world, policies)
    seen = Counter(
        kind for wish, told in before.items() for kind in actual(told, world.really(wish))
    )
    for kind in ("gains", "loses"):
        assert foretold[kind] == seen[kind], (kind, foretold)
    if not seen and change is not another_name:
        assert foretold["otherRule"] or foretold["unchanged"] == len(before)
    assert sum(foretold["notReplayed"].values()) == foretold["notReplayed"]["laterSteps"]


def test_the_policies_of_today_change_nothing_and_nothing_is_written(api: Program) -> None:
    world = small_world()
    for wish in wishes():
        world.really(wish)
    rows = stored()
    found = asked(api, world, policies_now(api, world))
    assert {found[part][kind] for part in ("recorded", "grants") for kind in CHANGES} == {0}
    assert found["recorded"]["unchanged"] == len(wishes()) and found["endingGrants"] == 0
    assert not found["recorded"]["isPartial"] and stored() == rows


@pytest.mark.parametrize("change", [staff_loses_write, staff_rule_is_inactive, another_name])
def test_r15_the_grants_that_would_end_are_those_that_end(api: Program, change: Change) -> None:
    world = small_world()
    told = world.really(Wish("web", "openid read offline_access", "ada"))
    policies = policies_now(api, world)
    change(policies)
    ending = asked(api, world, policies)["endingGrants"]
    carry_out(api, world, policies)
    app = world.apps["web"]
    at = flow.World(world.server, app.client, app.secret, world.people["ada"])
    token = told.members["refresh_token"]
    answer = flow.token_request(at, grant_type="refresh_token", refresh_token=token)
    assert ending == (answer.status_code != 200) == (change is not another_name)


def test_a_difference_names_who_and_both_decisions(api: Program) -> None:
    world = small_world()
    wish = Wish("web", "openid write", "ada")
    world.really(wish)
    world.really(wish)
    policies = policies_now(api, world)
    staff_loses_write(policies)
    found = asked(api, world, policies, sample=1)
    [one] = found["recorded"]["sample"]
    assert one["changes"] == ["loses"] and one["times"] == 2
    assert one["userName"] == world.people["ada"].login
    assert one["clientId"] == world.client("web").client_id
    assert one["before"]["ruleId"] == world.staff_rule.pk and one["after"]["outcome"] == "DENY"
    [grant, _] = asked(api, world, policies)["grants"]["sample"]
    assert grant["grantId"].startswith("oar") and found["grants"]["loses"] == 2
    assert len(found["grants"]["sample"]) == 1


def test_what_cannot_be_asked_again_is_counted(api: Program) -> None:
    world = small_world()
    for wish in (Wish("job", "read"), Wish("other", "read"), Wish("web", "openid", "ada")):
        world.really(wish)
    world.really(Wish("web", "openid", "bob"))
    delete_client(actor=TESTER, client=deactivate_client(actor=TESTER, client=world.client("job")))
    deactivate_client(actor=TESTER, client=world.client("other"))
    delete_user(actor=TESTER, user=deactivate_user(actor=TESTER, user=world.people["bob"]))
    found = asked(api, world, policies_now(api, world))["recorded"]
    skipped = {name: count for name, count in found["notReplayed"].items() if count}
    assert skipped == {"clientGone": 1, "clientBarred": 1, "userGone": 1, "laterSteps": 2}
    assert found["unchanged"] == 1


def test_what_is_looked_at_is_bounded_and_says_so(
    api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = small_world()
    monkeypatch.setattr(recorded.recorded_decisions, "__defaults__", (2,))
    for _ in range(3):
        world.really(Wish("job", "read"))
    found = asked(api, world, policies_now(api, world))["recorded"]
    assert found["isPartial"] and found["lookedAt"] == found["unchanged"] == 2


def test_only_the_days_that_were_asked_for_count(
    api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = small_world()
    world.really(Wish("job", "read"))
    policies = policies_now(api, world)
    from apps.tokens import clock

    later = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert asked(api, world, policies, days=2)["recorded"]["lookedAt"] == 0
    assert asked(api, world, policies, days=4)["recorded"]["lookedAt"] == 1


def test_new_policies_need_no_id_and_none_at_all_refuses_everybody(api: Program) -> None:
    world = small_world()
    assert not world.really(Wish("job", "read")).error
    assert asked(api, world, [])["recorded"]["loses"] == 1
    rule = {
        "name": "R",
        "conditions": {
            "grantTypes": {"include": ["client_credentials"]},
            "scopes": {"include": ["*"]},
        },
    }
    new = {"name": "New", "conditions": {"clients": {"include": ["ALL_CLIENTS"]}}, "rules": [rule]}
    found = asked(api, world, [new])["recorded"]
    assert (found["loses"], found["otherRule"], found["otherLifetimes"]) == (0, 1, 1)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda p: p[0].update(name=""), "policies[0].name"),
        (
            lambda p: p[0]["conditions"]["clients"].update(include=["nobody"]),
            "policies[0].clients: names no client: nobody",
        ),
        (
            lambda p: p[0]["rules"][1]["actions"]["token"].update(accessTokenLifetimeMinutes=1),
            "policies[0].rules[1].access_token_minutes",
        ),
        (
            lambda p: p[0]["rules"][0]["conditions"]["people"]["groups"].update(include=["00gX"]),
            "policies[0].rules[0].conditions: names no group: 00gX",
        ),
    ],
)
def test_a_proposal_that_could_not_be_saved_is_refused(
    api: Program, change: Change, cause: str
) -> None:
    world = small_world()
    policies = policies_now(api, world)
    change(policies)
    refused = api.post(f"{world.path}/whatif", {"policies": policies})
    assert refused.status_code == 400 and cause in cause_of(refused), refused.content
    assert Rule.objects.filter(policy__server=world.server).count() == 4


def test_whoever_may_look_may_ask_and_few_statements_are_needed(
    auditor: Program, django_assert_max_num_queries: Any
) -> None:
    world = small_world()
    for wish in wishes():
        world.really(wish)
    policies = policies_now(auditor, world)
    with django_assert_max_num_queries(40):
        asked(auditor, world, policies)
