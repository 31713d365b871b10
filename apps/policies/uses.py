"""What policies, rules and policy tests use of the apps below."""

from typing import Any

from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.directory.models import Group, User
from apps.policies.models import InlineHook, Policy, PolicyTest, Rule
from apps.policies.selectors import (
    policies_naming_client,
    rules_naming_group,
    rules_naming_user,
    used_by_scope,
)
from apps.servers.admin.page import tab_url
from apps.servers.models import Claim, Scope
from apps.systemlog.admin.parts import change_url
from apps.systemlog.admin.used_by import SHOWN, Use, finds, links


def rule_link(rule: Rule) -> tuple[str, str]:
    """A rule, with its policy."""
    return f"{rule.policy.name} / {rule.name}", change_url("policies.Rule", rule.pk)


def policy_link(policy: Policy) -> tuple[str, str]:
    """A policy, with its server."""
    return f"{policy.server.name}: {policy.name}", change_url("policies.Policy", policy.pk)


def test_link(test: PolicyTest) -> tuple[str, str]:
    """A policy test, on its server's tab."""
    return f"{test.server.name}: {test.name}", tab_url(test.server_id, "tests")


def claim_link(claim: Claim) -> tuple[str, str]:
    """A claim by name."""
    return claim.name, change_url("servers.Claim", claim.pk)


def _tests(**names: Any) -> list[Use]:
    found = PolicyTest.objects.filter(**names).select_related("server").order_by("name")
    return links(_("Policy tests"), found[: SHOWN + 1], test_link)


@finds("servers.Scope")
def of_scope(scope: Scope) -> list[Use]:
    """The rules and claims that name it, which a rename leaves behind."""
    use = used_by_scope(scope.server_id, scope.name)
    return [
        *links(_("Rules"), use.rules, rule_link),
        *links(_("Claims"), use.claims, claim_link),
    ]


@finds("directory.Group")
def of_group(group: Group) -> list[Use]:
    """The rules that include or exclude it."""
    return links(_("Rules"), rules_naming_group(group.pk), rule_link)


@finds("directory.User")
def of_user(user: User) -> list[Use]:
    """The rules that name the user, and tests that ask as the user."""
    return [*links(_("Rules"), rules_naming_user(user.pk), rule_link), *_tests(user_id=user.pk)]


@finds("clients.Client")
def of_client(client: Client) -> list[Use]:
    """The policies that name it, and tests that ask as it."""
    policies = links(_("Policies by name"), policies_naming_client(client.pk), policy_link)
    return [*policies, *_tests(client_id=client.pk)]


@finds("policies.Policy")
def of_policy(policy: Policy) -> list[Use]:
    """The tests that expect one of its rules."""
    rules = list(policy.rules.values_list("pk", flat=True))
    return _tests(rule_id__in=rules) if rules else []


@finds("policies.Rule")
def of_rule(rule: Rule) -> list[Use]:
    """The tests that expect it."""
    return _tests(rule_id=rule.pk)


@finds("policies.InlineHook")
def of_hook(hook: InlineHook) -> list[Use]:
    """The rules that ask it."""
    rules = Rule.objects.filter(hook_id=hook.pk).select_related("policy").order_by("name")
    return links(_("Rules"), rules[: SHOWN + 1], rule_link)
