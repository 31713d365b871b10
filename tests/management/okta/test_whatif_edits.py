"""`…/whatif` with changes of scopes and assignments: it says what the console's drafts say (R9)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.clients.services import assign_user
from apps.oauth.simulation.drafting import drafted
from apps.oauth.simulation.whatif import Part, what_if
from apps.policies.services.draft_edits import MAX_EDITS
from apps.servers.models import Scope
from apps.tokens import clock
from tests.factories import TESTER, make_group, make_user
from tests.management.okta.caller import Program, cause_of
from tests.management.okta.small_world import SmallWorld
from tests.management.okta.test_whatif import (
    CHANGES,
    asked,
    everyone_may_write,
    policies_now,
    shorter_tokens,
)
from tests.oauth.simulation.test_drafted_edits import EDITS, asked_world, bobs_group, draft
from tests.oauth.world import stored

Body = dict[str, Any]


def as_sent(edit: Body, world: SmallWorld) -> Body:
    """An edit of a draft as a program writes it: scopes by name, people by login."""
    sent: Body = {"type": edit["verb"].upper()}
    if scope := edit.get("scope"):
        sent["scope"] = Scope.objects.get(pk=scope).name
    if "client" in edit:
        sent["clientId"] = world.client("web").client_id
    if user := edit.get("user"):
        sent["userId"] = next(one.login for one in world.people.values() if one.pk == user)
    if group := edit.get("group"):
        sent["groupId"] = group
    names = {"name": "name", "is_default": "default"}
    return sent | {wire: edit[name] for name, wire in names.items() if name in edit}


def counts_of(part: Part) -> dict[str, int]:
    """As the API tells them, of what the console shows."""
    kinds = ("gains", "loses", "other_rule", "other_lifetimes", "other_scopes")
    found = {wire: part.comparison.counts[kind] for wire, kind in zip(CHANGES, kinds, strict=True)}
    return {**found, "unchanged": part.comparison.unchanged}


def test_each_kind_of_edit_does_what_the_console_says(api: Program) -> None:
    world = asked_world()
    seen: set[str] = set()
    for name in EDITS:
        run = draft(world, name)
        console = what_if(drafted(run), 7, clock.now())
        edits = [as_sent(edit, world) for edit in run.edits]
        run.delete()
        rows = stored()
        answer = api.post(f"{world.path}/whatif", {"edits": edits})
        assert answer.status_code == 200, (name, answer.content)
        told = answer.json()
        for part, whole in (("recorded", console.recorded), ("grants", console.grants)):
            expected = counts_of(whole)
            assert {kind: told[part][kind] for kind in expected} == expected, name
            seen |= {kind for kind in CHANGES if expected[kind]}
        assert told["endingGrants"] == len(console.ended_ids), name
        assert stored() == rows, name
    assert {"gains", "loses", "otherScopes"} <= seen


def test_edits_and_policies_are_tried_together_and_scopes_and_people_by_id_too(
    api: Program,
) -> None:
    world = asked_world()
    policies = policies_now(api, world)
    everyone_may_write(policies)
    shorter_tokens(policies)
    web, eve = world.client("web").client_id, world.people["eve"].pk
    read = Scope.objects.get(server=world.server, name="read").pk
    edits = [
        {"type": "ASSIGN", "clientId": web, "userId": eve},
        {"type": "NO_DEFAULT_SCOPE", "scope": read},
    ]
    found = asked(api, world, policies, edits=edits)["recorded"]
    alone = asked(api, world, policies)["recorded"]
    assert found["gains"] == alone["gains"] + 1, "Eve's openid"
    assert found["otherLifetimes"] >= 1 and found["loses"] > alone["loses"]
    assert asked(api, world, policies, edits=None) == asked(api, world, policies, edits=[])
    nothing = api.post(f"{world.path}/whatif", {}).json()
    assert {nothing[part][kind] for part in ("recorded", "grants") for kind in CHANGES} == {0}


def refusals(world: SmallWorld) -> list[tuple[Body, str]]:
    """An edit that won't do, and what is said of it."""
    web, ada = world.client("web").client_id, world.people["ada"].login
    assign, end = {"type": "ASSIGN", "clientId": web}, {"type": "UNASSIGN", "clientId": web}
    return [
        ({}, "edits[1].type: "),
        ({"type": "add_scope", "name": "x"}, "edits[1].type: "),
        ({"type": "ADD_SCOPE"}, "edits[1].name: is needed"),
        ({"type": "ADD_SCOPE", "name": 1}, "edits[1].name: must be a text"),
        ({"type": "ADD_SCOPE", "name": "a b"}, "edits[1].name: "),
        ({"type": "ADD_SCOPE", "name": "read"}, "edits[1].name: An object with this field already"),
        ({"type": "ADD_SCOPE", "name": "x", "default": "yes"}, "edits[1].default: "),
        ({"type": "RENAME_SCOPE", "name": "x"}, "edits[1].scope: is needed"),
        ({"type": "REMOVE_SCOPE", "scope": "nothing"}, "edits[1].scope: is none of the server's"),
        ({"type": "REMOVE_SCOPE", "scope": "openid"}, "edits[1].scope: belongs to OpenID"),
        ({"type": "DEFAULT_SCOPE", "scope": "read"}, "edits[1].scope: is so already"),
        ({**assign, "clientId": "nobody", "userId": ada}, "edits[1].clientId: doesn't exist"),
        ({"type": "ASSIGN", "userId": ada}, "edits[1].clientId: is needed"),
        (assign, "edits[1].userId: is needed"),
        ({**assign, "userId": "nobody"}, "edits[1].userId: doesn't exist"),
        ({**assign, "userId": ada}, "edits[1].userId: is assigned already"),
        ({**assign, "userId": ada, "groupId": "00g"}, "edits[1].groupId: can't be given beside"),
        ({**end, "groupId": "00g"}, "edits[1].groupId: doesn't exist"),
        ({**end, "userId": world.people["eve"].login}, "edits[1].userId: isn't assigned"),
        ({"type": "ADD_SCOPE", "name": "fresh"}, "edits[1].name: An object with this field"),
    ]


@pytest.mark.once
def test_what_could_not_be_saved_is_refused_with_its_member(api: Program) -> None:
    world = asked_world()
    first = {"type": "ADD_SCOPE", "name": "fresh"}
    for edit, words in refusals(world):
        refused = api.post(f"{world.path}/whatif", {"edits": [first, edit]})
        assert refused.status_code == 400 and words in cause_of(refused), (edit, refused.content)
    many = [{**first, "name": f"x{number}"} for number in range(MAX_EDITS + 1)]
    for edits, words in ((many, "edits: are too many"), ("x", "edits: "), ([1], "edits[0]: ")):
        refused = api.post(f"{world.path}/whatif", {"edits": edits})
        assert refused.status_code == 400 and words in cause_of(refused), refused.content


def test_a_server_that_is_none_is_missing_and_whoever_may_look_may_ask(auditor: Program) -> None:
    world = asked_world()
    end = [{"type": "UNASSIGN", "clientId": world.client("web").client_id, "groupId": bobs_group()}]
    assert auditor.post(f"{world.path}/whatif", {"edits": end}).json()["recorded"]["loses"]
    for server in ("none", "org"):
        gone = auditor.post(f"authorizationServers/{server}/whatif", {"edits": end})
        assert gone.status_code == 404 and "(AuthorizationServer)" in cause_of(gone)


def test_many_edits_need_the_statements_of_few(api: Program) -> None:
    world = asked_world()
    web = world.client("web").client_id
    people = [make_user() for _ in range(10)]
    assign_user(actor=TESTER, client=world.client("web"), user=people[0])
    edits: list[Body] = [
        {"type": "UNASSIGN", "clientId": web, "userId": people[0].login},
        {"type": "ASSIGN", "clientId": web, "groupId": make_group(people[1]).pk},
        {"type": "REMOVE_SCOPE", "scope": "write"},
    ]
    more = [{"type": "ASSIGN", "clientId": web, "userId": one.login} for one in people[1:]]
    more += [{"type": "ADD_SCOPE", "name": f"fresh{number}"} for number in range(10)]
    numbers = []
    for sent in ([], edits, edits + more):
        with CaptureQueriesContext(connection) as statements:
            assert api.post(f"{world.path}/whatif", {"edits": sent}).status_code == 200
        numbers.append(len(statements))
    none, few, many = numbers
    assert few == many and none <= 40 and few <= none + 20
