"""What follows the end of a rule's time. Its tokens have died at that instant, by arithmetic; this
only lets a job mark them, and tell.

No row is changed for it but the marker: the rule stands as its administrator left it. Another
condition is another epoch, with an end of its own to follow.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db import transaction

from apps.clients.models import ActiveStatus
from apps.policies.compile import compile_rule
from apps.policies.models import FollowedEnd, Rule
from apps.servers.services.rows import lock_server
from apps.systemlog.context import RequestContext, use
from apps.systemlog.outbox import enqueue
from authzsite.domain.conditions import Validity

BATCH_ROWS: Final = 500  # rules are configuration: a few hundred, seldom more


def follow_ended_rules(now: datetime) -> int:
    """Write the outbox row of each active rule whose time is over and that none has followed, each
    end exactly once. How many."""
    ended = [rule for rule in _active_rules() if _is_over(rule, now)]
    known = FollowedEnd.objects.filter(rule_id__in=[rule.pk for rule in ended])
    followed = set(known.values_list("rule_id", "epoch"))
    waiting = [rule for rule in ended if (rule.pk, rule.epoch) not in followed]
    with use(RequestContext(kind="JOB")):
        return sum(_follow(rule, now) for rule in waiting)


def _active_rules() -> Iterator[Rule]:
    """In the order of the key, so many at a time. What is deactivated has ended already."""
    active = Rule.objects.filter(status=ActiveStatus.ACTIVE, policy__status=ActiveStatus.ACTIVE)
    last = ""
    while batch := list(
        active.filter(pk__gt=last).select_related("policy").order_by("pk")[:BATCH_ROWS]
    ):
        yield from batch
        last = batch[-1].pk


def _is_over(rule: Rule, now: datetime) -> bool:
    return any(
        isinstance(condition, Validity)
        and condition.valid_until is not None
        and condition.valid_until <= now
        for condition in compile_rule(rule).conditions
    )


@transaction.atomic
def _follow(found: Rule, now: datetime) -> bool:
    """Under the lock of the server, where every change of the rule happens, and of what is true
    then."""
    lock_server(found.policy.server_id)
    rule = Rule.objects.filter(pk=found.pk, epoch=found.epoch, status=ActiveStatus.ACTIVE).first()
    if rule is None or not _is_over(rule, now):
        return False
    _, is_new = FollowedEnd.objects.get_or_create(rule_id=rule.pk, epoch=rule.epoch)
    if is_new:
        reach = {"server": found.policy.server_id, "policy": rule.policy_id, "rule": rule.pk}
        enqueue(
            kind="rule",
            object_id=rule.pk,
            object_name=rule.name,
            cause="rule ended",
            scope={**reach, "epoch": rule.epoch},
        )
    return is_new
