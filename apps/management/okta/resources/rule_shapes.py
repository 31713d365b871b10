"""A rule on the wire and in the services.

Okta knows three conditions. Those of ours are further members of `conditions`, made from the fields
of `authzsite.domain.conditions`; whoever doesn't know them leaves them as they are.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from rest_framework import serializers

from apps.clients.models import ActiveStatus
from apps.management.okta.resources.policies import Priority
from apps.management.okta.resources.servers import BASE
from apps.management.okta.shapes import READ_WRITE, Moment, Whole, href, lifecycle_link, link
from apps.management.serializers.fields import Text, TextList, WholeNumber
from apps.policies.models import Rule
from apps.systemlog.render import in_milliseconds
from authzsite.domain import limits
from authzsite.domain.conditions import CONDITIONS, GrantTypes, People, Scopes, load

TYPE: Final = "RESOURCE_ACCESS"
OURS: Final = tuple(kind for kind in CONDITIONS if kind not in {GrantTypes, People, Scopes})
Conditions = list[dict[str, Any]]


def _wire(name: str) -> str:
    """`valid_from` → `validFrom`."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _names(**options: Any) -> TextList:
    return TextList(max_length=limits.MAX_LIST_LENGTH, **options)


class IncludeShape(Whole):
    """What is included."""

    include = _names(default=list)


class PeopleListShape(Whole):
    """Ids that are included, and those that are excluded; a client that doesn't know exclusions
    leaves them as they are."""

    include = _names(default=list)
    exclude = _names(required=False)


class PeopleShape(Whole):
    """`conditions.people`; EVERYONE among the groups is every user."""

    users = PeopleListShape(required=False)
    groups = PeopleListShape(required=False)


def _shape_of(kind: Any) -> type[Whole]:
    """A shape for a condition of ours, from its fields."""
    members: dict[str, Any] = {
        _wire(one.name): Text(help_text=one.metadata["help"], required=False)
        if one.metadata["kind"] == "instant"
        else _names(help_text=one.metadata["help"], required=False)
        for one in fields(kind)
    }
    members["__doc__"] = f"{kind.label}. Without members it is no condition."
    return type(f"{kind.__name__}ConditionShape", (Whole,), members)


OUR_SHAPES: Final = {_wire(kind.name): _shape_of(kind) for kind in OURS}


class RuleConditionsShape(Whole):
    """`conditions`; all must hold."""

    people = PeopleShape(required=False)
    grantTypes = IncludeShape(required=False)  # noqa: N815 - the wire's names
    scopes = IncludeShape(required=False)

    def get_fields(self) -> dict[str, Any]:
        """With ours."""
        ours = {name: made(required=False, allow_null=True) for name, made in OUR_SHAPES.items()}
        return {**super().get_fields(), **ours}


class RuleHookShape(Whole):
    """`actions.token.inlineHook`."""

    id = Text(source="hook_id", required=False, allow_null=True)


class TokenActionShape(Whole):
    """`actions.token`: lifetimes in minutes."""

    accessTokenLifetimeMinutes = WholeNumber(  # noqa: N815
        source="access_token_minutes", default=limits.DEFAULT_ACCESS_TOKEN_MINUTES
    )
    refreshTokenLifetimeMinutes = WholeNumber(  # noqa: N815
        source="refresh_token_minutes",
        default=limits.DEFAULT_REFRESH_TOKEN_MINUTES,
        help_text="0 is unlimited.",
    )
    refreshTokenWindowMinutes = WholeNumber(  # noqa: N815
        source="refresh_window_minutes", default=limits.DEFAULT_REFRESH_WINDOW_MINUTES
    )
    inlineHook = RuleHookShape(  # noqa: N815
        source="*", required=False, help_text="Asked before tokens are signed."
    )


class ActionsShape(Whole):
    """`actions`."""

    token = TokenActionShape(source="*", required=False)


class RuleShape(Whole):
    """A rule; a PUT is a full replacement, so what is left out has its default. What stays: the
    place, exclusions, and conditions that Okta doesn't have. The status has calls of its own."""

    id = serializers.CharField(read_only=True)
    type = serializers.ChoiceField(choices=(TYPE,), default=TYPE)
    name = Text()
    priority = Priority()
    status = serializers.ChoiceField(
        choices=ActiveStatus.choices, required=False, help_text="Of a new rule."
    )
    system = serializers.BooleanField(read_only=True)
    conditions = RuleConditionsShape(required=False)
    actions = ActionsShape(source="*", required=False)
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815
    _links = serializers.DictField(read_only=True)


DEFAULTS: Final = {
    "access_token_minutes": limits.DEFAULT_ACCESS_TOKEN_MINUTES,
    "refresh_token_minutes": limits.DEFAULT_REFRESH_TOKEN_MINUTES,
    "refresh_window_minutes": limits.DEFAULT_REFRESH_WINDOW_MINUTES,
    "hook_id": "",
}


def fields_of(body: Mapping[str, Any], before: Conditions) -> dict[str, Any]:
    """A read body as fields of the services. `before`: the conditions that the rule has."""
    given = {name: value for name, value in body.items() if name != "type"}
    given["hook_id"] = given.get("hook_id") or ""
    return {**DEFAULTS, **given, "conditions": _rows(body.get("conditions", {}), before)}


def _rows(given: Mapping[str, Any], before: Conditions) -> Conditions:
    """Okta's three as they are given, and the rest as it was where it isn't."""
    old = {row.get("type"): row for row in before}
    rows = [
        {"type": GrantTypes.name, **given.get("grantTypes", {})},
        {"type": Scopes.name, **given.get("scopes", {})},
        _people(given.get("people", {}), old.pop(People.name, {})),
    ]
    for kind in OURS:
        if (members := given.get(_wire(kind.name))) is not None:
            old.pop(kind.name, None)
            rows += _row_of_ours(kind, members)
    return rows + [row for name, row in old.items() if name not in {GrantTypes.name, Scopes.name}]


def _people(given: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"type": People.name}
    for name in ("users", "groups"):
        ids = given.get(name, {})
        row[f"include_{name}"] = ids.get("include", [])
        row[f"exclude_{name}"] = ids.get("exclude", old.get(f"exclude_{name}", []))
    return row


def _row_of_ours(kind: Any, members: Mapping[str, Any]) -> Conditions:
    given = {
        one.name: members[_wire(one.name)] for one in fields(kind) if _wire(one.name) in members
    }
    return [{"type": kind.name, **given}] if given else []


def shown(rule: Rule, server_id: str) -> dict[str, Any]:
    """The rule as the wire has it."""
    address = href(BASE, server_id, "policies", rule.policy_id, "rules", rule.pk)
    return {
        "id": rule.pk,
        "status": rule.status,
        "name": rule.name,
        "priority": rule.priority,
        "created": in_milliseconds(rule.created),
        "lastUpdated": in_milliseconds(rule.last_updated),
        "system": rule.is_system,
        "conditions": _shown_conditions(rule.conditions),
        "actions": {"token": _shown_token(rule)},
        "_links": {
            "self": link(address, *READ_WRITE),
            **lifecycle_link(address, rule.status),
        },
        "type": TYPE,
    }


def _shown_token(rule: Rule) -> dict[str, Any]:
    return {
        "accessTokenLifetimeMinutes": rule.access_token_minutes,
        "refreshTokenLifetimeMinutes": rule.refresh_token_minutes,
        "refreshTokenWindowMinutes": rule.refresh_window_minutes,
        **({"inlineHook": {"id": rule.hook_id}} if rule.hook_id else {}),
    }


def _shown_conditions(rows: Conditions) -> dict[str, Any]:
    """What can be read of them; a rule with another one denies when it is reached (R9)."""
    read = [one for one in map(load, rows) if not isinstance(one, str)]
    found = {one.name: one.dump() for one in read}
    okta = {
        "people": _shown_people(found.get(People.name, {})),
        "grantTypes": {"include": found.get(GrantTypes.name, {}).get("include", [])},
        "scopes": {"include": found.get(Scopes.name, {}).get("include", [])},
    }
    ours = {kind.name: found[kind.name] for kind in OURS if kind.name in found}
    return okta | {_wire(name): _shown_ours(row) for name, row in ours.items()}


def _shown_ours(row: Mapping[str, Any]) -> dict[str, Any]:
    return {_wire(name): value for name, value in row.items() if name != "type"}


def _shown_people(row: Mapping[str, Any]) -> dict[str, Any]:
    """Users always, groups only where there are any."""
    users: dict[str, Any] = {"exclude": row.get("exclude_users", [])}
    if "include_users" in row:
        users = {"include": row["include_users"], **users}
    names = {"include": "include_groups", "exclude": "exclude_groups"}
    groups = {wire: row[name] for wire, name in names.items() if name in row}
    return {"users": users, **({"groups": groups} if groups else {})}
