"""A server's configuration at an event: whatever was done since, undone again (R24)."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.policies.models import Policy, Rule
from apps.policies.past import Configuration, at_event, event_at, present
from apps.policies.services import (
    activate_policy,
    activate_rule,
    deactivate_policy,
    deactivate_rule,
    delete_policy,
    delete_rule,
    reorder_policies,
    reorder_rules,
    update_policy,
    update_rule,
)
from apps.servers.models import AuthorizationServer, Claim, Scope
from apps.servers.services import (
    activate_server,
    create_server,
    deactivate_server,
    delete_claim,
    delete_scope,
    delete_server,
    rotate_keys,
    set_resource_servers,
    set_server_owners,
    update_claim,
    update_scope,
    update_server,
)
from apps.systemlog.models import ChangedObject, LogEvent
from tests.factories import (
    TESTER,
    make_claim,
    make_client,
    make_group,
    make_policy,
    make_rule,
    make_scope,
    make_server,
)

pytestmark = pytest.mark.django_db
Number = int
Step = tuple[str, Number, Number]
ORDERS = "orders"


def last() -> int:
    """The number of the latest event."""
    return LogEvent.objects.latest("pk").pk


def pick(rows: Any, number: int) -> Any:
    """One of the rows in a fixed order; None when there is none."""
    found = list(rows.order_by("pk"))
    return found[number % len(found)] if found else None


def turned(ids: list[str], number: int) -> list[str]:
    """Another order."""
    ids = ids[number % len(ids) :] + ids[: number % len(ids)] if ids else []
    return list(reversed(ids)) if number % 2 else ids


def of_server(number: int, value: int) -> None:
    fields: dict[str, Any] = {
        "description": f"D{value}",
        "scope_mode": ["reject", "narrow"][value % 2],
        "revoke_on_password_change": bool(value % 2),
        "audience": f"api://{value}",
    }
    name = list(fields)[number % len(fields)]
    update_server(actor=TESTER, server_id=ORDERS, **{name: fields[name]})


def status_of_server(number: int, value: int) -> None:
    [activate_server, deactivate_server][value % 2](actor=TESTER, server_id=ORDERS)


def others_of_server(number: int, value: int) -> None:
    if number % 2:
        ids = [make_client("service").pk for _ in range(value % 3)]
        set_resource_servers(actor=TESTER, server_id=ORDERS, client_ids=ids)
    else:
        groups = [make_group().pk for _ in range(value % 3)]
        set_server_owners(actor=TESTER, server_id=ORDERS, group_ids=groups)


def scope(number: int, value: int) -> None:
    row = pick(Scope.objects.filter(server=ORDERS, is_system=False), number)
    if row is None or value % 4 == 0:
        count = Scope.objects.filter(server=ORDERS).count()
        make_scope(AuthorizationServer(pk=ORDERS), f"s{count}:{last()}", is_default=bool(value % 3))
    elif value % 4 == 1:
        delete_scope(actor=TESTER, server_id=ORDERS, scope_id=row.pk)
    else:
        more: Any = {"name": f"r{last()}"} if value % 4 == 2 else {"description": f"D{value}"}
        update_scope(actor=TESTER, server_id=ORDERS, scope_id=row.pk, **more)


def claim(number: int, value: int) -> None:
    row = pick(Claim.objects.filter(server=ORDERS, is_system=False), number)
    if row is None or value % 3 == 0:
        make_claim(AuthorizationServer(pk=ORDERS), f"c{last()}", f"'{value}'", scopes=["openid"])
    elif value % 3 == 1:
        delete_claim(actor=TESTER, server_id=ORDERS, claim_id=row.pk)
    else:
        fields: Any = {"value": f"'{value}'", "scopes": ["email"]}
        update_claim(actor=TESTER, server_id=ORDERS, claim_id=row.pk, **fields)


def new_policy(number: int, value: int) -> None:
    make_policy(AuthorizationServer(pk=ORDERS), name=f"P{last()}", priority=1 + value % 4)


def policy(number: int, value: int) -> None:
    row = pick(Policy.objects.filter(server=ORDERS), number)
    if row is None:
        return new_policy(number, value)
    key: dict[str, Any] = {"actor": TESTER, "server_id": ORDERS, "policy_id": row.pk}
    todo: list[Callable[[], Any]] = [
        lambda: update_policy(**key, description=f"D{value}", priority=1 + value % 5),
        lambda: update_policy(**key, clients=[make_client("service").pk]),
        lambda: deactivate_policy(**key),
        lambda: activate_policy(**key),
        lambda: delete_policy(**key),
    ]
    todo[value % len(todo)]()
    return None


def order_policies(number: int, value: int) -> None:
    ids = list(Policy.objects.filter(server=ORDERS).values_list("pk", flat=True))
    reorder_policies(actor=TESTER, server_id=ORDERS, policy_ids=turned(ids, value))


def new_rule(number: int, value: int) -> None:
    row = pick(Policy.objects.filter(server=ORDERS), number)
    if row is not None:
        make_rule(row, name=f"R{last()}", priority=1 + value % 4)


def rule(number: int, value: int) -> None:
    row = pick(Rule.objects.filter(policy__server=ORDERS), number)
    if row is None:
        return new_rule(number, value)
    key: dict[str, Any] = {"actor": TESTER, "server_id": ORDERS, "rule_id": row.pk}
    scopes = [{"type": "scopes", "include": [f"s{value}"]}]
    todo: list[Callable[[], Any]] = [
        lambda: update_rule(**key, access_token_minutes=5 + value, priority=1 + value % 5),
        lambda: update_rule(**key, conditions=scopes),
        lambda: deactivate_rule(**key),
        lambda: activate_rule(**key),
        lambda: delete_rule(**key),
    ]
    todo[value % len(todo)]()
    return None


def order_rules(number: int, value: int) -> None:
    row = pick(Policy.objects.filter(server=ORDERS), number)
    if row is not None:
        ids = list(Rule.objects.filter(policy=row).values_list("pk", flat=True))
        key: dict[str, Any] = {"actor": TESTER, "server_id": ORDERS, "policy_id": row.pk}
        reorder_rules(**key, rule_ids=turned(ids, value))


def rotate(number: int, value: int) -> None:
    rotate_keys(actor=TESTER, server_id=ORDERS)


def begin_anew(number: int, value: int) -> None:
    """The server is deleted, and made again under its id."""
    if value % 5 == 0:
        delete_server(actor=TESTER, server_id=ORDERS)
        create_server(
            actor=TESTER, server_id=ORDERS, name="N", audience="api://n", signing_alg="ES256"
        )


STEPS: dict[str, Callable[[int, int], object]] = {
    one.__name__: one
    for one in (
        *(of_server, status_of_server, others_of_server, scope, claim, new_policy, policy),
        *(order_policies, new_rule, rule, order_rules, rotate, begin_anew),
    )
}
OFTEN = ("policy", "rule", "new_rule", "new_policy", "order_policies", "order_rules")
STEP = st.tuples(
    st.one_of(st.sampled_from(OFTEN), st.sampled_from(sorted(STEPS))),
    st.integers(0, 7),
    st.integers(0, 59),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=4, max_size=16))
def test_whatever_was_done_each_earlier_state_is_found_again(steps: list[Step]) -> None:
    with transaction.atomic():
        start = last() if LogEvent.objects.exists() else 0
        make_server(ORDERS)
        seen: list[tuple[int, Configuration | None]] = [(last(), deepcopy(present(ORDERS)))]
        for name, number, value in steps:
            STEPS[name](number, value)
            seen.append((last(), deepcopy(present(ORDERS))))
        for event_id, expected in seen:
            moment = at_event(ORDERS, event_id)
            assert moment.configuration == expected
            assert moment.unknown == [] and not moment.is_bypassed
        assert at_event(ORDERS, start).configuration is None
        transaction.set_rollback(True)


def test_a_deleted_server_had_a_configuration() -> None:
    make_rule(make_policy(make_server(ORDERS)), name="Read")
    before, event = present(ORDERS), last()
    delete_server(actor=TESTER, server_id=ORDERS)
    assert present(ORDERS) is None
    found = at_event(ORDERS, event)
    assert found.configuration == before and found.is_sure


def test_where_the_log_begins_later_it_says_so() -> None:
    server = make_server(ORDERS)
    early = last()
    update_server(actor=TESTER, server_id=server.pk, description="One")
    first = last()
    update_server(actor=TESTER, server_id=server.pk, description="Two")
    LogEvent.objects.filter(pk__lt=first).delete()
    ChangedObject.objects.filter(event_id__lt=first).delete()
    assert at_event(ORDERS, first).is_sure
    moment = at_event(ORDERS, early)
    assert moment.too_old and not moment.is_sure and moment.begins is not None
    assert moment.configuration is not None


def test_an_event_that_holds_too_little_is_named() -> None:
    """As a version before this one wrote them: a deleted policy without its rules."""
    policy = make_policy(make_server(ORDERS), name="P")
    make_rule(policy)
    before = last()
    delete_policy(actor=TESTER, server_id=ORDERS, policy_id=policy.pk)
    event = LogEvent.objects.get(pk=last())
    for side in ("from", "to"):
        del event.body["target"][0]["changeDetails"][side]["rules"]
    LogEvent.objects.filter(pk=event.pk).delete()
    event.save(force_insert=True)
    moment = at_event(ORDERS, before)
    assert moment.unknown == [event] and not moment.is_sure


def test_a_time_means_the_last_change_before_it() -> None:
    make_server(ORDERS)
    made = LogEvent.objects.get(pk=last())
    update_server(actor=TESTER, server_id=ORDERS, description="Later")
    changed = LogEvent.objects.get(pk=last())
    assert event_at(ORDERS, changed.published) == changed.pk
    assert event_at(ORDERS, changed.published - timedelta(microseconds=1)) == made.pk
    assert event_at(ORDERS, made.published - timedelta(days=1)) < made.pk
