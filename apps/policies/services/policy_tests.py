"""Changes of policy tests. A test says what must be granted or refused; it changes nothing of it,
so it revokes nothing and raises no version.
"""

from collections.abc import Sequence
from typing import Final, TypedDict, Unpack

from django.db import transaction

from apps.clients.models import Client
from apps.directory.models import User
from apps.policies.models import PolicyTest, Rule
from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import (
    Changes,
    apply_changes,
    check_choice,
    check_texts,
    check_types,
    check_unique,
    gone,
    lock_to_change,
    log_change,
    made,
    server_target,
)
from apps.systemlog.entries import Actor, Target
from authzsite.domain import grant_types, limits
from authzsite.domain.scopes import is_scope_token
from authzsite.domain.validation import Invalid, raise_if, validate_name


class PolicyTestFields(TypedDict, total=False):
    """What an administrator may set. `client_id`, `user_id` and `rule_id` are row ids; without a
    rule any rule's grant will do."""

    name: str
    client_id: str
    user_id: str
    grant_type: str
    scopes: Sequence[str]
    outcome: str
    rule_id: str


FIELDS: Final = tuple(PolicyTestFields.__annotations__)


@transaction.atomic
def create_policy_test(
    *, actor: Actor, server_id: str, **fields: Unpack[PolicyTestFields]
) -> PolicyTest:
    """A new test; one that fails now may be made, and holds no change up until it has passed."""
    server = lock_to_change(server_id)
    test = PolicyTest(server=server)
    _set(test, fields)
    others = PolicyTest.objects.filter(server=server)
    if others.count() >= limits.MAX_POLICY_TESTS:
        raise_if([Invalid("server", "has too many tests", limits.MAX_POLICY_TESTS)])
    test.save(force_insert=True)
    _log("create", actor, server, test, made(test, FIELDS))
    return test


@transaction.atomic
def update_policy_test(
    *, actor: Actor, server_id: str, test_id: str, **fields: Unpack[PolicyTestFields]
) -> PolicyTest:
    """Change the given fields."""
    server = lock_to_change(server_id)
    test = PolicyTest.objects.get(pk=test_id, server=server)
    changes = _set(test, fields)
    if changes:
        test.save()
        _log("update", actor, server, test, changes)
    return test


@transaction.atomic
def delete_policy_test(*, actor: Actor, server_id: str, test_id: str) -> None:
    """Remove the test."""
    server = lock_to_change(server_id)
    test = PolicyTest.objects.get(pk=test_id, server=server)
    _log("delete", actor, server, test, gone(test, FIELDS))
    test.delete()


def _set(test: PolicyTest, fields: PolicyTestFields) -> Changes:
    check_types(PolicyTest, fields)
    if "scopes" in fields:
        check_texts(fields["scopes"], "scopes")
        fields = {**fields, "scopes": list(dict.fromkeys(fields["scopes"]))}
    changes = apply_changes(test, fields)
    raise_if(_problems(test, changes))
    return changes


def _problems(test: PolicyTest, changes: Changes) -> list[Invalid]:
    """What was there already may be gone by now: only what is new has to exist."""
    is_known = {
        "client_id": Client.objects.filter(pk=test.client_id),
        "user_id": User.objects.filter(pk=test.user_id),
        "rule_id": Rule.objects.filter(pk=test.rule_id, policy__server=test.server_id),
    }
    missing = [
        Invalid(name, "does not exist")
        for name, rows in is_known.items()
        if name in changes and getattr(test, name) and not rows.exists()
    ]
    return [
        *validate_name(test.name),
        *check_unique(PolicyTest.objects.filter(server=test.server_id), test),
        *check_choice(test.outcome, PolicyTest.Outcome, "outcome"),
        *_request_problems(test),
        *missing,
    ]


def _request_problems(test: PolicyTest) -> list[Invalid]:
    known = {spec.name: spec for spec in grant_types.for_rules()}
    spec = known.get(test.grant_type)
    problems = []
    if not test.client_id:
        problems.append(Invalid("client_id", "must not be empty"))
    if spec is None:
        problems.append(Invalid("grant_type", f"must be one of {', '.join(sorted(known))}"))
    elif spec.has_user != bool(test.user_id):
        words = "must not be empty" if spec.has_user else "must be empty"
        problems.append(Invalid("user_id", f"{words} for {test.grant_type}"))
    if len(test.scopes) > limits.MAX_SCOPES or not all(map(is_scope_token, test.scopes)):
        problems.append(Invalid("scopes", "must hold names of scopes", limits.MAX_SCOPES))
    if test.rule_id and test.outcome == PolicyTest.Outcome.DENY:
        problems.append(Invalid("rule_id", "must be empty where a denial is expected"))
    return problems


def _log(
    verb: str, actor: Actor, server: AuthorizationServer, test: PolicyTest, changes: Changes
) -> None:
    targets = [Target(test.pk, "PolicyTest", "", test.name, {}, changes), server_target(server)]
    log_change(f"policy.test.{verb}", actor=actor, server=server, targets=targets)
