"""Rules of an access policy, and their whole order."""

from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse
from rest_framework.request import Request

from apps.management.okta.base import OktaView
from apps.management.okta.faults import missing
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.policies import OrderShape, policy_named
from apps.management.okta.resources.rule_shapes import RuleShape, fields_of, shown
from apps.management.okta.schema import documented
from apps.management.okta.shapes import read
from apps.management.respond import answer, no_content
from apps.management.views.base import actor_of
from apps.policies.models import Rule
from apps.policies.selectors import rules_of
from apps.policies.services import (
    activate_rule,
    create_rule,
    deactivate_rule,
    delete_rule,
    reorder_rules,
    update_rule,
)
from apps.servers.services import lock_server

KIND: Final = "PolicyRule"


def rule_named(server_id: str, policy_id: str, rule_id: str) -> Rule:
    """The rule of the server's policy, or 404."""
    found = Rule.objects.filter(
        pk=rule_id,
        policy=policy_id,
        policy__server=server_id,
        policy__server__is_organization=False,
    ).first()
    if found is None:
        policy_named(server_id, policy_id)
        raise missing(rule_id, KIND)
    return found


class RulesView(OktaView):
    """The list, which has no pages, and a new one."""

    shape = RuleShape

    @documented(
        "listAuthorizationServerPolicyRules",
        "List the rules by priority",
        gives=RuleShape(many=True),
    )
    def get(self, request: Request, server_id: str, policy_id: str) -> HttpResponse:
        parameters(request)
        policy_named(server_id, policy_id)
        return answer([shown(rule, server_id) for rule in rules_of(policy_id)])

    @documented(
        "createAuthorizationServerPolicyRule",
        "Create a rule",
        takes=RuleShape,
        gives=RuleShape,
        status=201,
    )
    def post(self, request: Request, server_id: str, policy_id: str) -> HttpResponse:
        parameters(request)
        policy_named(server_id, policy_id)
        rule = create_rule(
            actor=actor_of(request),
            server_id=server_id,
            policy_id=policy_id,
            **fields_of(read(RuleShape, request), []),
        )
        return answer(shown(rule, server_id), 201)


class RuleView(OktaView):
    """One rule."""

    shape = RuleShape

    @documented("getAuthorizationServerPolicyRule", "Read a rule", gives=RuleShape)
    def get(self, request: Request, server_id: str, policy_id: str, rule_id: str) -> HttpResponse:
        parameters(request)
        return answer(shown(rule_named(server_id, policy_id, rule_id), server_id))

    @documented(
        "replaceAuthorizationServerPolicyRule",
        "Replace a rule",
        takes=RuleShape,
        gives=RuleShape,
        is_change=True,
    )
    def put(self, request: Request, server_id: str, policy_id: str, rule_id: str) -> HttpResponse:
        parameters(request)
        body = read(RuleShape, request)
        body.pop("status", None)
        rule = self._replace(server_id, policy_id, rule_id, body)
        return answer(shown(rule, server_id))

    @transaction.atomic
    def _replace(self, server_id: str, policy_id: str, rule_id: str, body: dict[str, Any]) -> Rule:
        """What the body leaves out is read under the lock of the change: an exclusion that somebody
        adds meanwhile isn't lost."""
        rule_named(server_id, policy_id, rule_id)
        lock_server(server_id)
        before = rule_named(server_id, policy_id, rule_id).conditions
        return update_rule(
            actor=actor_of(self.request),
            server_id=server_id,
            rule_id=rule_id,
            **fields_of(body, before),
        )

    @documented("deleteAuthorizationServerPolicyRule", "Delete a rule", status=204, is_change=True)
    def delete(
        self, request: Request, server_id: str, policy_id: str, rule_id: str
    ) -> HttpResponse:
        return _done(delete_rule, request, server_id, policy_id, rule_id)


def _done(
    service: Callable[..., object], request: Request, server_id: str, policy_id: str, rule_id: str
) -> HttpResponse:
    """What is done to the rule as a whole, and answered with nothing."""
    parameters(request)
    rule_named(server_id, policy_id, rule_id)
    service(actor=actor_of(request), server_id=server_id, rule_id=rule_id)
    return no_content()


class ActivateRuleView(OktaView):
    """Consider it again."""

    @documented(
        "activateAuthorizationServerPolicyRule", "Activate a rule", status=204, is_change=True
    )
    def post(self, request: Request, server_id: str, policy_id: str, rule_id: str) -> HttpResponse:
        return _done(activate_rule, request, server_id, policy_id, rule_id)


class DeactivateRuleView(OktaView):
    """Never consider it; what was issued under it dies."""

    @documented(
        "deactivateAuthorizationServerPolicyRule", "Deactivate a rule", status=204, is_change=True
    )
    def post(self, request: Request, server_id: str, policy_id: str, rule_id: str) -> HttpResponse:
        return _done(deactivate_rule, request, server_id, policy_id, rule_id)


class RuleOrderView(OktaView):
    """The order of all rules of a policy, which changes as a whole or not at all."""

    shape = OrderShape

    @documented(
        "getAuthorizationServerPolicyRuleOrder", "Read the order of the rules", gives=OrderShape
    )
    def get(self, request: Request, server_id: str, policy_id: str) -> HttpResponse:
        parameters(request)
        policy_named(server_id, policy_id)
        return answer({"ids": [rule.pk for rule in rules_of(policy_id)]})

    @documented(
        "replaceAuthorizationServerPolicyRuleOrder",
        "Put all rules of a policy in an order",
        takes=OrderShape,
        gives=OrderShape,
        is_change=True,
    )
    def put(self, request: Request, server_id: str, policy_id: str) -> HttpResponse:
        parameters(request)
        policy_named(server_id, policy_id)
        ids = read(OrderShape, request)["ids"]
        found = reorder_rules(
            actor=actor_of(request), server_id=server_id, policy_id=policy_id, rule_ids=ids
        )
        return answer({"ids": [rule.pk for rule in found]})
