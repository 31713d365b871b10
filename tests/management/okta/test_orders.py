"""The order of policies and of rules: as a whole or not at all, also for many at once."""

import random
import time
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer
from apps.servers.services import lock_server
from tests.factories import make_policy, make_rule, make_server
from tests.management.okta.caller import Program, a_superusers_program, cause_of
from tests.races import at_once, failures

KINDS = ("policies", "rules")
THREADS = 16
TURNS = 4


def rows_of(kind: str, count: int) -> tuple[AuthorizationServer, str, list[str]]:
    """A server, the address of its policies or of one policy's rules, and their ids in order."""
    server = make_server()
    policies = f"authorizationServers/{server.pk}/policies"
    if kind == "policies":
        return server, policies, [make_policy(server).pk for _ in range(count)]
    policy = make_policy(server)
    return server, f"{policies}/{policy.pk}/rules", [make_rule(policy).pk for _ in range(count)]


def listed(api: Program, path: str) -> list[str]:
    """Ids by priority, which is contiguous."""
    found = api.get(path).json()
    assert [one["priority"] for one in found] == list(range(1, len(found) + 1))
    return [one["id"] for one in found]


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_order_is_set_at_once(api: Program, kind: str) -> None:
    _, path, ids = rows_of(kind, 4)
    assert api.get(f"{path}/order").json() == {"ids": ids} and listed(api, path) == ids
    turned = ids[::-1]
    put = api.put(f"{path}/order", {"ids": turned})
    assert put.status_code == 200 and put.json() == {"ids": turned}
    assert listed(api, path) == turned


@pytest.mark.parametrize("kind", KINDS)
def test_anything_but_exactly_the_present_ones_is_refused_and_changes_nothing(
    api: Program, kind: str
) -> None:
    _, path, ids = rows_of(kind, 3)
    foreign = rows_of(kind, 1)[2][0]
    wrong: list[Any] = [
        [],
        ids[:2],
        [*ids, ids[0]],
        [*ids[:2], ids[0]],
        [*ids, "nothing"],
        [*ids[:2], foreign],
        [*ids[:2], 3],
        "".join(ids),
        None,
    ]
    for one in wrong:
        refused = api.put(f"{path}/order", {"ids": one})
        assert refused.status_code == 400, one
        assert refused.json()["errorSummary"].startswith("Api validation failed: ids")
    assert api.put(f"{path}/order", {}).status_code == 400
    assert listed(api, path) == ids


@pytest.mark.parametrize("kind", KINDS)
def test_row_274_an_order_changes_only_from_the_one_that_was_seen(api: Program, kind: str) -> None:
    _, path, ids = rows_of(kind, 2)
    seen = api.get(f"{path}/order")["ETag"]
    turned = {"ids": ids[::-1]}
    assert api.put(f"{path}/order", turned, HTTP_IF_MATCH=seen).status_code == 200
    again = api.put(f"{path}/order", {"ids": ids}, HTTP_IF_MATCH=seen)
    assert again.status_code == 412 and listed(api, path) == ids[::-1]


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_of_nothing_and_of_nowhere(api: Program, kind: str) -> None:
    _, path, _ = rows_of(kind, 0)
    assert api.put(f"{path}/order", {"ids": []}).json() == {"ids": []}
    nowhere = "authorizationServers/nothing/policies"
    nowhere += "" if kind == "policies" else "/00pNothing/rules"
    assert api.get(f"{nowhere}/order").status_code == 404
    assert api.put(f"{nowhere}/order", {"ids": []}).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_an_auditor_reads_an_order_and_sets_none(auditor: Program, kind: str) -> None:
    _, path, ids = rows_of(kind, 2)
    assert auditor.get(f"{path}/order").status_code == 200
    assert auditor.put(f"{path}/order", {"ids": ids[::-1]}).status_code == 403


def until_it_is_heard(ask: Callable[..., Any], *told: Any) -> Any:
    """As Okta's SDKs do: whoever is told to come back comes back when it was told."""
    while (answer := ask(*told)).status_code == 429:
        time.sleep(int(answer["Retry-After"]))
    return answer


def changes(api: Program, path: str, ids: list[str], seed: int) -> list[int]:
    """What one administrator's program does, and the answers to it: other places, whole orders, new
    ones and deletions."""
    dice, codes, ask = random.Random(seed), [], until_it_is_heard
    for turn in range(TURNS):
        mine = f"{path}/{ids[seed % len(ids)]}"
        name, place = f"{seed}-{turn}", dice.randint(1, 20)
        created = ask(api.post, path, {"name": name, "priority": place})
        moved = ask(api.put, mine, {"name": f"mine-{seed}", "priority": dice.randint(1, 20)})
        order = ask(api.get, f"{path}/order").json()["ids"]
        dice.shuffle(order)
        ordered = ask(api.put, f"{path}/order", {"ids": order})
        codes += [created.status_code, moved.status_code, ordered.status_code]
        if turn % 2:
            codes.append(ask(api.delete, f"{path}/{created.json()['id']}").status_code)
    return codes


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_a_change_that_waits_for_too_many_others_is_told_to_come_back(kind: str) -> None:
    """It isn't an outage, so it isn't a 503; and in a second it gets through."""
    server, path, ids = rows_of(kind, 3)
    api, is_held, is_answered = a_superusers_program(), Event(), Event()

    def other() -> None:
        with transaction.atomic():
            lock_server(server.pk)
            is_held.set()
            is_answered.wait(60)

    def late() -> Any:
        is_held.wait(60)
        try:
            return api.put(f"{path}/order", {"ids": ids[::-1]})
        finally:
            is_answered.set()

    (_, refused), now = at_once(other, late), time.time()
    assert refused.status_code == 429, refused.content
    assert cause_of(refused).startswith("E0000047") and refused["Retry-After"] == "1"
    assert int(refused["X-Rate-Limit-Reset"]) <= now + 1 and listed(api, path) == ids
    assert api.put(f"{path}/order", {"ids": ids[::-1]}).status_code == 200


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_changes_of_places_from_16_threads_end_contiguous(kind: str) -> None:
    """Without a 5xx; a whole order may be refused because something came or went meanwhile."""
    _, path, ids = rows_of(kind, THREADS)
    programs = [a_superusers_program() for _ in range(THREADS)]
    assert max(changes(programs[0], *rows_of(kind, 2)[1:], 0)) < 300  # loads what is loaded once
    results = at_once(
        *(partial(changes, one, path, ids, seed) for seed, one in enumerate(programs))
    )
    assert failures(results) == []
    codes = [code for result in results for code in result]
    assert set(codes) <= {200, 201, 204, 400}
    assert codes.count(200) >= THREADS * TURNS  # every move; which orders still fit is chance
    rows: Any = Policy if kind == "policies" else Rule
    left = listed(programs[0], path)
    assert len(left) == THREADS * 3 and rows.objects.filter(pk__in=left).count() == len(left)
    assert programs[0].put(f"{path}/order", {"ids": sorted(left)}).status_code == 200
    assert listed(programs[0], path) == sorted(left)
