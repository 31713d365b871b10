"""Carrying out changes of policies and rules."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from apps.management.configuration import schema
from apps.management.configuration.carrier import Carrier, columns
from apps.management.configuration.current import NO_CONDITIONS
from apps.management.configuration.plan import Change, arranged
from apps.policies import services
from apps.policies.models import InlineHook, Policy
from authzsite.domain.vocabulary import EVERYONE

PEOPLE: Final = {
    "people.groups": "include_groups",
    "people.users": "include_users",
    "people.excludeGroups": "exclude_groups",
    "people.excludeUsers": "exclude_users",
}


def create_policy(run: Carrier, change: Change) -> None:
    """A new policy, after all others; the order comes when all are there."""
    fields = columns(change.item, change.fields)
    fields["clients"] = run.client_ids(change.item.values.get("clients", ()))
    server_id = change.parents[0].key[0]
    row = services.create_policy(actor=run.actor, server_id=server_id, **fields)
    if fields.get("description") == "":  # where the service writes the name
        services.update_policy(
            actor=run.actor, server_id=server_id, policy_id=row.pk, description=""
        )


def update_policy(run: Carrier, change: Change) -> None:
    """Description, clients, status."""
    row, item = _policy(change), change.item
    fields = columns(item, change.fields.keys() - {"status"})
    if "clients" in change.fields:
        fields["clients"] = run.client_ids(item.values["clients"])
    place: dict[str, Any] = {"actor": run.actor, "server_id": row.server_id, "policy_id": row.pk}
    if fields:
        services.update_policy(**place, **fields)
    if "status" in change.fields:
        is_active = item.values["status"] == "ACTIVE"
        (services.activate_policy if is_active else services.deactivate_policy)(**place)


def delete_policy(run: Carrier, change: Change) -> None:
    """Away with it and its rules."""
    row = _policy(change)
    services.delete_policy(actor=run.actor, server_id=row.server_id, policy_id=row.pk)


def create_rule(run: Carrier, change: Change) -> None:
    """A new rule, after all others of its policy."""
    policy = run.policy(change.parents)
    fields = columns(change.item, change.fields)
    fields["conditions"] = conditions(run, change.item.values)
    fields |= _hook(run, change)
    services.create_rule(actor=run.actor, server_id=policy.server_id, policy_id=policy.pk, **fields)


def update_rule(run: Carrier, change: Change) -> None:
    """Conditions, lifetimes, status."""
    row, item = run.rule(change), change.item
    fields = {**columns(item, change.fields.keys() - {"status"}), **_hook(run, change)}
    if change.fields.keys() & NO_CONDITIONS.keys():
        assert change.before is not None  # noqa: S101 - an update has it
        fields["conditions"] = conditions(run, {**change.before.values, **item.values})
    place: dict[str, Any] = {
        "actor": run.actor,
        "server_id": row.policy.server_id,
        "rule_id": row.pk,
    }
    if fields:
        services.update_rule(**place, **fields)
    if "status" in change.fields:
        is_active = item.values["status"] == "ACTIVE"
        (services.activate_rule if is_active else services.deactivate_rule)(**place)


def delete_rule(run: Carrier, change: Change) -> None:
    """Away with it."""
    row = run.rule(change)
    services.delete_rule(actor=run.actor, server_id=row.policy.server_id, rule_id=row.pk)


def reorder(run: Carrier, change: Change) -> None:
    """The listed ones in the order of the file, on the places that they have."""
    server_id = change.parents[0].key[0]
    is_rules = change.kind is schema.RULES
    found = (
        run.policy(change.parents).rules if is_rules else Policy.objects.filter(server=server_id)
    )
    rows: Mapping[tuple[str, ...], str] = {
        (name,): pk for name, pk in found.order_by("priority", "pk").values_list("name", "pk")
    }
    section = change.parents[-1].sections[change.kind.section]
    listed = [item.key for item in section if item.key in rows]
    ids = [rows[key] for key in arranged(list(rows), listed)]
    if not is_rules:
        services.reorder_policies(actor=run.actor, server_id=server_id, policy_ids=ids)
        return
    policy_id = run.policy(change.parents).pk
    services.reorder_rules(actor=run.actor, server_id=server_id, policy_id=policy_id, rule_ids=ids)


def conditions(run: Carrier, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of `authzsite.domain.conditions` that these members stand for."""
    people = {
        key: _people(run, member, values.get(member, ()))
        for member, key in PEOPLE.items()
        if values.get(member)
    }
    window = {
        key: values[member].isoformat()
        for member, key in (("validFrom", "valid_from"), ("validUntil", "valid_until"))
        if values.get(member)
    }
    rows: list[dict[str, Any]] = [
        {"type": "grant_types", "include": list(values.get("grantTypes", ()))},
        {"type": "people", **people},
        {"type": "scopes", "include": list(values.get("scopes", ()))},
    ]
    return [*rows, {"type": "validity", **window}] if window else rows


def _hook(run: Carrier, change: Change) -> dict[str, str]:
    if "inlineHook" not in change.fields:
        return {}
    name = change.item.values["inlineHook"]
    return {"hook_id": InlineHook.objects.get(name=name).pk if name else ""}


def _people(run: Carrier, member: str, names: Iterable[str]) -> list[str]:
    if member.endswith("sers"):
        return [run.user(name).pk for name in names]
    return [name if name == EVERYONE else run.group(name).pk for name in names]


def _policy(change: Change) -> Policy:
    return Policy.objects.get(server=change.parents[0].key[0], name=change.item.key[0])
