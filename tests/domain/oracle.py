"""Policy evaluation as a person would write it down: no types of the core, no order tricks.

Answers ("allow", rule id, granted scopes) or ("deny", reason, rule id or "").
"""

from collections.abc import Iterator
from typing import Any

from tests.domain.policy_world import DEFINED, OIDC, Spec

Verdict = tuple[str, Any, Any]


def verdict(world: Spec, request: Spec) -> Verdict:
    """Narrow mode grants whatever reject mode grants, and else something of its own."""
    refused = judge_reject(world, request)
    if world["mode"] == "reject" or refused[0] == "allow":
        return refused
    return judge_narrow(world, request)


def judge_reject(world: Spec, request: Spec) -> Verdict:
    asked = effective(request)
    reasons = [why for _, why in faults(request, asked)]
    if reasons:
        undefined = "no_matching_scope"
        return "deny", undefined if undefined in reasons else reasons[0], ""
    if stop := user_refusal(request):
        return "deny", stop, ""
    custom = [name for name in asked if name in DEFINED]
    lacking = []
    for rule_id, rule in reachable(world, request):
        if rule["broken"]:
            return "deny", "broken_rule", rule_id
        if fits_but_for_scopes(rule, request):
            missing = [name for name in custom if not allows(rule, name)]
            if not missing:
                return conclude(world, request, rule_id, rule, asked)
            lacking.append(len(missing))
    if not lacking:
        return "deny", "no_matching_policy", ""
    return "deny", "scope_denied" if min(lacking) < len(custom) else "no_scope_allowed", ""


def conclude(world: Spec, request: Spec, rule_id: str, rule: Spec, asked: list[str]) -> Verdict:
    granted = set(asked) if asked else {name for name in world["defaults"] if allows(rule, name)}
    if not granted:
        return "deny", "no_default_scopes", rule_id
    if request["grant"] == "client_credentials" and granted & world["consent"]:
        return "deny", "consent_required_client_credentials", rule_id
    return "allow", rule_id, granted


def judge_narrow(world: Spec, request: Spec) -> Verdict:
    if stop := user_refusal(request):
        return "deny", stop, ""
    asked = effective(request)
    left = [name for name in asked if name not in dict(faults(request, asked))]
    custom = [name for name in left if name in DEFINED]
    rules = list(reachable(world, request))
    fitting = [(i, r) for i, r in rules if not r["broken"] and fits_but_for_scopes(r, request)]
    order = [i for i, _ in rules]
    full = [(i, r) for i, r in fitting if all(allows(r, name) for name in custom)]
    broken = [i for i, r in rules if r["broken"]]
    if broken and (not full or order.index(broken[0]) < order.index(full[0][0])):
        return "deny", "broken_rule", broken[0]
    partly = [(i, r) for i, r in fitting if any(allows(r, name) for name in custom)]
    for rule_id, rule in (full or partly or fitting)[:1]:
        wanted = left if asked else world["defaults"]
        granted = {name for name in wanted if name in OIDC or allows(rule, name)}
        if request["grant"] == "client_credentials":
            granted -= world["consent"]
        return "allow", rule_id, granted
    return "deny", "no_matching_policy", ""


def effective(request: Spec) -> list[str]:
    asked = list(dict.fromkeys(request["scopes"] or ()))
    ignores = request["grant"] != "client_credentials" and not request["may_refresh"]
    return [name for name in asked if not (ignores and name == "offline_access")]


def faults(request: Spec, asked: list[str]) -> Iterator[tuple[str, str]]:
    for name in asked:
        if name not in OIDC + DEFINED:
            yield name, "no_matching_scope"
        elif name in OIDC and request["grant"] == "client_credentials":
            yield name, "openid_not_allowed_client_creds"
        elif name in OIDC and "openid" not in asked:
            yield name, "openid_scope_required"


def user_refusal(request: Spec) -> str:
    if request["grant"] == "client_credentials":
        return ""
    if request["status"] != "ACTIVE":
        return "invalid_user_status_error"
    return "" if request["assigned"] else "user_not_assigned"


def reachable(world: Spec, request: Spec) -> Iterator[tuple[str, Spec]]:
    """The active rules of active policies of this client, from the top."""
    numbered = [(place, spec) for place, spec in enumerate(world["policies"])]
    for place, policy in sorted(numbered, key=lambda pair: pair[1]["priority"]):
        covered = policy["clients"] is None or request["client"] in policy["clients"]
        rules = [(f"r{place}.{number}", rule) for number, rule in enumerate(policy["rules"])]
        for rule_id, rule in sorted(rules, key=lambda pair: pair[1]["priority"]):
            if covered and policy["active"] and rule["active"]:
                yield rule_id, rule


def fits_but_for_scopes(rule: Spec, request: Spec) -> bool:
    in_time = (rule["starts_in"] is None or rule["starts_in"] <= 0) and rule["ends_in"] != 0
    if request["grant"] not in rule["grants"] or not in_time:
        return False
    if request["grant"] == "client_credentials":
        return True
    if request["groups"] is None or request["user"] in rule["not_users"]:
        return False
    if request["groups"] & rule["not_groups"]:
        return False
    reached = request["groups"] | {"EVERYONE"}
    return request["user"] in rule["users"] or bool(reached & rule["groups"])


def allows(rule: Spec, scope: str) -> bool:
    return "*" in rule["scopes"] or scope in rule["scopes"]
