"""What console and APIs read of policies and rules, and who uses what.

Nothing here changes a row.
"""

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet, TextField
from django.db.models.functions import Cast

from apps.policies.models import ALL_CLIENTS, Policy, Rule
from apps.servers.models import Claim
from apps.servers.selectors import claims_naming_scope
from authzsite.domain.conditions import People, Scopes, load_all


@dataclass(frozen=True, slots=True)
class ScopeUse:
    """Where a scope's name is written; a rename or deletion leaves these behind."""

    rules: tuple[Rule, ...]
    claims: tuple[Claim, ...]


def policies_of(server_id: str) -> QuerySet[Policy]:
    """The server's policies in order, each with its rules in order (`policy.rules.all()`)."""
    rules = Prefetch("rules", Rule.objects.order_by("priority", "pk"))
    return (
        Policy.objects.filter(server=server_id).order_by("priority", "pk").prefetch_related(rules)
    )


def rules_of(policy_id: str) -> QuerySet[Rule]:
    """The policy's rules in order."""
    return Rule.objects.filter(policy=policy_id).order_by("priority", "pk")


def used_by_scope(server_id: str, scope: str) -> ScopeUse:
    """The server's rules and claims that name the scope (a rule for any scope doesn't)."""
    rules = _rules_with(scope).filter(policy__server=server_id)
    named = tuple(rule for rule in rules if scope in _scopes(rule))
    return ScopeUse(named, tuple(claims_naming_scope(server_id, scope)))


def rules_naming_group(group_id: str) -> list[Rule]:
    """The rules of any server that include or exclude the group."""
    return [rule for rule in _rules_with(group_id) if group_id in _groups(rule)]


def rules_naming_user(user_id: str) -> list[Rule]:
    """The rules of any server that include or exclude the user."""
    return [rule for rule in _rules_with(user_id) if user_id in _users(rule)]


def policies_naming_client(client_id: str) -> list[Policy]:
    """The policies of any server that name the client's row id (those for all clients don't)."""
    rows = Policy.objects.annotate(text=Cast("clients", TextField()))
    found = rows.filter(text__contains=client_id).select_related("server")
    return [
        policy
        for policy in found.order_by("server__name", "priority")
        if client_id in policy.clients
    ]


def policies_covering_client(client_id: str, server_id: str) -> list[Policy]:
    """The server's policies that apply to the client, in order."""
    return [
        policy
        for policy in policies_of(server_id)
        if ALL_CLIENTS in policy.clients or client_id in policy.clients
    ]


def _rules_with(text: str) -> QuerySet[Rule]:
    """Rules whose conditions contain the text: a first sieve that the database can apply."""
    rows = Rule.objects.annotate(text=Cast("conditions", TextField())).filter(text__contains=text)
    return rows.select_related("policy__server").order_by(
        "policy__server__name", "policy__priority", "priority"
    )


def _people(rule: Rule) -> list[People]:
    loaded = load_all(rule.conditions)
    return [] if isinstance(loaded, str) else [one for one in loaded if isinstance(one, People)]


def _groups(rule: Rule) -> set[str]:
    return {name for one in _people(rule) for name in one.include_groups | one.exclude_groups}


def _users(rule: Rule) -> set[str]:
    return {name for one in _people(rule) for name in one.include_users | one.exclude_users}


def _scopes(rule: Rule) -> set[str]:
    loaded = load_all(rule.conditions)
    conditions = () if isinstance(loaded, str) else loaded
    return {name for one in conditions if isinstance(one, Scopes) for name in one.include}
