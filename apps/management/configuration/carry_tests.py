"""Carrying out changes of policy tests: once everything is there that they name."""

from typing import Any

from apps.management.configuration.carrier import Carrier, columns
from apps.management.configuration.plan import Change
from apps.management.configuration.values import Expected
from apps.policies import services
from apps.policies.models import PolicyTest, Rule


def create_policy_test(run: Carrier, change: Change) -> None:
    """A new test; whether it passes is asked when everything is carried out."""
    server_id = change.parents[0].key[0]
    services.create_policy_test(actor=run.actor, server_id=server_id, **_fields(run, change))


def update_policy_test(run: Carrier, change: Change) -> None:
    """Who asks for what, and what is expected."""
    row = _row(change)
    services.update_policy_test(
        actor=run.actor, server_id=row.server_id, test_id=row.pk, **_fields(run, change)
    )


def delete_policy_test(run: Carrier, change: Change) -> None:
    """Away with it."""
    row = _row(change)
    services.delete_policy_test(actor=run.actor, server_id=row.server_id, test_id=row.pk)


def _fields(run: Carrier, change: Change) -> dict[str, Any]:
    """Of the members that differ, as the services take them: row ids instead of names."""
    values, fields = change.item.values, columns(change.item, change.fields)
    if "client" in change.fields:
        fields["client_id"] = run.client(values["client"]).pk
    if "user" in change.fields:
        fields["user_id"] = run.user(values["user"]).pk if values["user"] else ""
    if "expect" in change.fields:
        fields |= _outcome(change.parents[0].key[0], values["expect"])
    return fields


def _outcome(server_id: str, wanted: Expected) -> dict[str, str]:
    outcome = PolicyTest.Outcome.ALLOW if wanted.is_allowed else PolicyTest.Outcome.DENY
    if not wanted.rule:
        return {"outcome": outcome.value, "rule_id": ""}
    place = {"policy__server": server_id, "policy__name": wanted.policy}
    return {"outcome": outcome.value, "rule_id": Rule.objects.get(name=wanted.rule, **place).pk}


def _row(change: Change) -> PolicyTest:
    return PolicyTest.objects.get(server=change.parents[0].key[0], name=change.item.key[0])
