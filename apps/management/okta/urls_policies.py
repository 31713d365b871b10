"""Addresses of policies and rules, below a server."""

from typing import Final

from django.urls import URLPattern, path

from apps.management.okta.resources import policies, rules

POLICIES: Final = "authorizationServers/<str:server_id>/policies"
POLICY: Final = f"{POLICIES}/<str:policy_id>"
RULE: Final = f"{POLICY}/rules/<str:rule_id>"

policy_urls: list[URLPattern] = [
    path(POLICIES, policies.PoliciesView.as_view()),
    path(f"{POLICIES}/order", policies.PolicyOrderView.as_view()),
    path(POLICY, policies.PolicyView.as_view()),
    path(f"{POLICY}/lifecycle/activate", policies.ActivatePolicyView.as_view()),
    path(f"{POLICY}/lifecycle/deactivate", policies.DeactivatePolicyView.as_view()),
    path(f"{POLICY}/rules", rules.RulesView.as_view()),
    path(f"{POLICY}/rules/order", rules.RuleOrderView.as_view()),
    path(RULE, rules.RuleView.as_view()),
    path(f"{RULE}/lifecycle/activate", rules.ActivateRuleView.as_view()),
    path(f"{RULE}/lifecycle/deactivate", rules.DeactivateRuleView.as_view()),
]
