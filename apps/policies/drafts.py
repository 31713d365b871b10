"""A set of policies that nobody has saved: checked like one that is, and compiled like one.

What has an id, or else the name, of a policy or rule of the server stands for that one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.clients.models import ActiveStatus, Client
from apps.policies.compile import compile_policy, compile_rule
from apps.policies.models import ALL_CLIENTS, Policy, Rule
from apps.policies.selectors import policies_of
from apps.policies.services.conditions import condition_problems, normal_conditions
from apps.policies.services.rules import LIFETIMES, lifetime_problems
from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import check_choice, check_types
from authzsite.domain import policy_types as core
from authzsite.domain.validation import (
    Invalid,
    InvalidError,
    raise_if,
    validate_policy_name,
    validate_rule_name,
)

Draft = Mapping[str, Any]
MAX_POLICIES = 200  # far above every real server; bounds what one comparison costs
MAX_RULES = 1000


def present_policies(server: AuthorizationServer) -> list[Policy]:
    """The server's policies, each with its rules (`policy.rules.all()`)."""
    return list(policies_of(server.pk))


def compile_drafts(
    server: AuthorizationServer, drafts: Sequence[Draft], present: Sequence[Policy]
) -> tuple[core.Policy, ...]:
    """The policies that the drafts mean, in their order. Each holds the fields of the services, by
    `clients` row ids, and `id`, `status`, `rules` where they are given. InvalidError, whose fields
    tell the place."""
    rules = sum(len(draft.get("rules", ())) for draft in drafts)
    if len(drafts) > MAX_POLICIES or rules > MAX_RULES:
        raise InvalidError(Invalid("policies", "are too many", (MAX_POLICIES, MAX_RULES)))
    _check_clients(drafts, {name for policy in present for name in policy.clients})
    return tuple(
        _policy(server, number, draft, _find(draft, present)) for number, draft in enumerate(drafts)
    )


def _check_clients(drafts: Sequence[Draft], old: set[str]) -> None:
    """Every client that is named anew has to exist; one that is gone since is no mistake."""
    named = {name for draft in drafts for name in draft.get("clients", ())} - {ALL_CLIENTS} - old
    known = old | set(Client.objects.filter(pk__in=named).values_list("pk", flat=True))
    raise_if(
        Invalid(f"policies[{number}].clients", f"names no client: {name[:80]}")
        for number, draft in enumerate(drafts)
        for name in sorted(set(draft.get("clients", ())) - known - {ALL_CLIENTS})
    )


def _find(draft: Draft, rows: Sequence[Any]) -> Any:
    """The row that a draft stands for."""
    ident, name = draft.get("id"), draft.get("name")
    by_id = (row for row in rows if ident and row.pk == ident)
    by_name = (row for row in rows if not ident and row.name == name)
    return next(by_id, next(by_name, None))


def _policy(
    server: AuthorizationServer, number: int, draft: Draft, old: Policy | None
) -> core.Policy:
    where = f"policies[{number}]"
    row = Policy(
        id=old.pk if old else f"new{number}",
        server=server,
        name=draft["name"],
        clients=list(draft.get("clients", ())),
        status=draft.get("status") or (old.status if old else ActiveStatus.ACTIVE),
        priority=number + 1,
    )
    _raise(where, [*validate_policy_name(row.name), *_status_problems(row.status)])
    rules = list(old.rules.all()) if old else []
    compiled = tuple(
        _rule(row, f"{where}.rules[{place}]", place, one, _find(one, rules))
        for place, one in enumerate(draft.get("rules", ()))
    )
    return compile_policy(row, compiled)


def _rule(policy: Policy, where: str, place: int, draft: Draft, old: Rule | None) -> core.Rule:
    fields = {name: draft[name] for name in ("name", *LIFETIMES) if name in draft}
    row = Rule(id=old.pk if old else f"{policy.pk}-{place}", policy=policy, priority=place + 1)
    row.status = draft.get("status") or (old.status if old else ActiveStatus.ACTIVE)
    before = old.conditions if old else []
    try:
        check_types(Rule, fields)
        row.conditions = normal_conditions(draft.get("conditions", []))
    except InvalidError as error:
        _raise(where, error.problems)
    for name, value in fields.items():
        setattr(row, name, value)
    _raise(
        where,
        [
            *validate_rule_name(row.name),
            *_status_problems(row.status),
            *condition_problems(row.conditions, before),
            *lifetime_problems(row),
        ],
    )
    return compile_rule(row)


def _status_problems(status: str) -> list[Invalid]:
    return check_choice(status, ActiveStatus, "status")


def _raise(where: str, problems: Sequence[Invalid]) -> None:
    raise_if(replace(one, field=f"{where}.{one.field}") for one in problems)
