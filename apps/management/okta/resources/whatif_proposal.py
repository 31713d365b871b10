"""What `…/whatif` takes: policies as they would be, and changes of scopes and assignments."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from django.db.models import Q
from rest_framework import serializers

from apps.clients.models import Client
from apps.directory.models import User
from apps.management.okta.resources import rule_shapes
from apps.management.okta.resources.policies import PolicyShape
from apps.management.okta.shapes import Shape, Whole
from apps.management.serializers.fields import Flag, Text, WholeNumber
from apps.oauth.simulation.drafting import Drafted, draft_of
from apps.policies.drafts import present_policies
from apps.policies.models import Policy
from apps.policies.services import draft_edits as of
from apps.policies.services.what_if import drafts_of
from apps.servers.models import AuthorizationServer
from authzsite.domain.validation import InvalidError

Body = dict[str, Any]
NEEDED: Final = {
    **dict.fromkeys(of.OF_SCOPES, ("scope",)),
    **dict.fromkeys(of.OF_PEOPLE, ("clientId",)),
    of.ADD: ("name",),
    of.RENAME: ("scope", "name"),
}
MEMBERS: Final = {"client": "clientId", "user": "userId", "group": "groupId"}
"""What the wire calls members of an edit, where it isn't what the services do."""


class ProposedRuleShape(rule_shapes.RuleShape):
    """A rule of the proposal; with the id or name of one of today's it stands for that one."""

    id = Text(required=False)


class ProposedPolicyShape(PolicyShape):
    """A policy of the proposal, with its rules; as for rules."""

    id = Text(required=False)
    rules = ProposedRuleShape(many=True, default=list)


class EditShape(Shape):
    """A change of one of the server's scopes, by its id or name, or of who is assigned to a client:
    a user, by id or login, or a group."""

    type = serializers.ChoiceField(choices=[one.upper() for one in (*of.OF_SCOPES, *of.OF_PEOPLE)])
    scope = Text(required=False, help_text="Of what is there.")
    name = Text(required=False, help_text="Of a new scope, or the new name of one.")
    default = Flag(default=False, help_text="A new scope is granted when none is asked for.")
    clientId = Text(required=False)  # noqa: N815 - the wire's names
    userId = Text(required=False)  # noqa: N815
    groupId = Text(required=False)  # noqa: N815

    def validate(self, attrs: Body) -> Body:
        """With what a change of its type needs."""
        verb = attrs["type"].lower()
        lacking = [name for name in NEEDED[verb] if not attrs.get(name)]
        whom = [name for name in ("userId", "groupId") if attrs.get(name)]
        if verb in of.OF_PEOPLE and len(whom) != 1:
            lacking.append("groupId" if whom else "userId")
        problems = dict.fromkeys(lacking, "is needed for this type")
        if len(whom) == 2:
            problems["groupId"] = "can't be given beside userId"
        if problems:
            raise serializers.ValidationError(problems)
        return attrs


class ProposalShape(Whole):
    """All policies as they would be, in their order; left out, they are as they are. `edits`:
    what else would change. `days`: how much of the log to look at; `sample`: how many differences
    to tell."""

    policies = ProposedPolicyShape(many=True, required=False)
    edits = EditShape(many=True, required=False)
    days = WholeNumber(default=7, min_value=1, max_value=90)
    sample = WholeNumber(default=20, min_value=0, max_value=200)


def proposed(server: AuthorizationServer, body: Mapping[str, Any]) -> Drafted:
    """The draft that the body describes. Raises InvalidError for what could not be saved."""
    present = present_policies(server)
    policies = drafts_of(present)
    if body.get("policies") is not None:
        policies = _drafts(body["policies"], present)
    try:
        return draft_of(server, policies, _edits(server, body.get("edits") or ()), present)
    except InvalidError as error:
        raise InvalidError(
            *(replace(one, field=_wire(one.field)) for one in error.problems)
        ) from None


def _wire(field: str) -> str:
    where, dot, name = field.rpartition(".")
    return where + dot + MEMBERS.get(name, name) if where.startswith("edits[") else field


def _edits(server: AuthorizationServer, given: Sequence[Mapping[str, Any]]) -> list[of.Edit]:
    """As a draft holds them, by row ids; a name that nobody has stays, to be refused. Three
    statements, however many there are."""
    if not given:
        return []
    users = {one["userId"] for one in given if one.get("userId")}
    clients = Client.objects.filter(client_id__in={one.get("clientId", "") for one in given})
    people = User.objects.filter(Q(pk__in=users) | Q(login__in=users)) if users else ()
    known = {
        "scope": {name: row.pk for row in server.scopes.all() for name in (row.name, row.pk)},
        "client": dict(clients.values_list("client_id", "pk")),
        "user": {name: row.pk for row in people for name in (row.login, row.pk)},
    }
    return [_edit(one, known) for one in given]


def _edit(given: Mapping[str, Any], known: Mapping[str, Mapping[str, str]]) -> of.Edit:
    verb = given["type"].lower()
    names = {of.ADD: ("name",), of.RENAME: ("scope", "name")}.get(verb, ("scope",))
    if verb in of.OF_PEOPLE:
        names = ("client", "user", "group")
    found = {name: given.get(MEMBERS.get(name, name), "") for name in names}
    rows = {name: known.get(name, {}).get(value, value) for name, value in found.items()}
    return {"verb": verb, **rows, **({"is_default": given["default"]} if verb == of.ADD else {})}


def _drafts(policies: Sequence[Mapping[str, Any]], present: Sequence[Policy]) -> list[Body]:
    """As fields of the services, in the order of priority; what has none keeps its place."""
    named = {name for policy in policies for name in policy.get("clients", ())}
    rows = dict(Client.objects.filter(client_id__in=named).values_list("client_id", "pk"))
    before = {
        key: rule.conditions
        for policy in present
        for rule in policy.rules.all()
        for key in (rule.pk, (policy.name, rule.name))
    }
    return [
        {
            **policy,
            "clients": [rows.get(name, name) for name in policy.get("clients", ())],
            "rules": [_rule(rule, policy, before) for rule in _in_order(policy["rules"])],
        }
        for policy in _in_order(policies)
    ]


def _rule(rule: Mapping[str, Any], policy: Mapping[str, Any], before: Mapping[Any, Any]) -> Body:
    """With the conditions of today's, where the proposal leaves out what a PUT would leave."""
    old = before.get(rule.get("id")) or before.get((policy["name"], rule["name"]), [])
    return rule_shapes.fields_of(rule, old)


def _in_order(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    placed = enumerate(rows, 1)
    return [row for _, row in sorted(placed, key=lambda one: one[1].get("priority", one[0]))]
