"""Access policies, their rules, and policy tests."""

from typing import Any, Final

from django.utils.translation import gettext as _

from apps.clients.models import ActiveStatus, Client
from apps.directory.rows import refuse
from apps.oauth.putback.keeper import Keeper, Put, Values, chosen, finder, known
from apps.policies import services
from apps.policies.models import ALL_CLIENTS, InlineHook, Policy, PolicyTest, Rule
from apps.policies.services import inline_hooks as hooks
from apps.policies.services.inline_hooks import LOGGED as HOOK
from apps.policies.services.policies import PolicyFields
from apps.policies.services.policy_tests import FIELDS as TEST
from apps.policies.services.rules import RuleFields
from apps.servers.services.rows import content

POLICY: Final = (*PolicyFields.__annotations__, "priority")
RULE: Final = (*RuleFields.__annotations__, "priority")


def update_policy(put: Put, row: Policy, values: Values) -> None:
    """Fields and place, then the status."""
    key: dict[str, Any] = {"actor": put.actor, "server_id": row.server_id, "policy_id": row.pk}
    if fields := chosen(values, POLICY):
        services.update_policy(**key, **fields)
    if "status" in values:
        is_active = values["status"] == ActiveStatus.ACTIVE
        (services.activate_policy if is_active else services.deactivate_policy)(**key)


def make_policy(put: Put, server_id: str, values: Values) -> Policy:
    """A new policy at its place, with its rules, for those of its clients that are still there:
    none of them is no client, never all."""
    fields = chosen(values, (*POLICY, "status"))
    wanted = [one for one in fields.get("clients", []) if one != ALL_CLIENTS]
    there = [one.pk for one in known(Client, wanted)] if wanted else []
    if len(there) < len(wanted):
        put.note(_("Clients that are gone are left out of the policy."))
    if ALL_CLIENTS not in fields.get("clients", []):
        fields["clients"] = there
    policy = services.create_policy(actor=put.actor, server_id=server_id, **fields)
    for rule in values.get("rules", []):
        _rule(put, policy, rule)
    return policy


def _rule(put: Put, policy: Policy, values: Values) -> Rule:
    fields = chosen(values, (*RULE, "status"))
    key: dict[str, Any] = {"server_id": policy.server_id, "policy_id": policy.pk}
    return services.create_rule(actor=put.actor, **key, **fields)


def update_rule(put: Put, row: Rule, values: Values) -> None:
    """Fields and place, then the status."""
    server_id = row.policy.server_id
    key: dict[str, Any] = {"actor": put.actor, "server_id": server_id, "rule_id": row.pk}
    if fields := chosen(values, RULE):
        services.update_rule(**key, **fields)
    if "status" in values:
        is_active = values["status"] == ActiveStatus.ACTIVE
        (services.activate_rule if is_active else services.deactivate_rule)(**key)


def make_rule(put: Put, values: Values) -> Rule:
    """A new rule at its place in its policy."""
    policy_id = (put.event.body.get("debugData") or {}).get("policy", "")
    policy = Policy.objects.filter(pk=policy_id, server=put.server_id).first()
    if policy is None:
        raise refuse("policy", "is gone; a policy that is put back brings its rules with it")
    return _rule(put, policy, values)


def update_test(put: Put, row: PolicyTest, values: Values) -> None:
    """A case as it was."""
    fields = chosen(values, TEST)
    services.update_policy_test(actor=put.actor, server_id=row.server_id, test_id=row.pk, **fields)


def make_test(put: Put, values: Values) -> PolicyTest:
    """A new case."""
    fields = chosen(values, TEST)
    return services.create_policy_test(actor=put.actor, server_id=put.server_id, **fields)


def update_hook(put: Put, row: InlineHook, values: Values) -> None:
    """Its address and what is sent with it, but never the value of its receiver's header."""
    if fields := chosen(values, HOOK):
        hooks.update_inline_hook(actor=put.actor, hook=row, **fields)
    if "status" in values:
        is_active = values["status"] == ActiveStatus.ACTIVE
        change = hooks.activate_inline_hook if is_active else hooks.deactivate_inline_hook
        change(actor=put.actor, hook=row)


def make_hook(put: Put, values: Values) -> InlineHook:
    """A new hook; without the header that proved who calls, whose value nobody has."""
    if values.get("auth_header"):
        raise refuse("auth_header", "had a value that the log never held; make the hook anew")
    hook = hooks.create_inline_hook(actor=put.actor, **chosen(values, HOOK))
    put.note(_("It is another hook with another id: name it in the rules that shall ask it."))
    return hook


def hook_values(row: InlineHook) -> Values:
    """As the log spells them."""
    return {name: getattr(row, name) for name in (*HOOK, "status")}


KEEPERS: Final = {
    "Policy": Keeper(
        finder(Policy),
        content,
        update_policy,
        lambda put, values: make_policy(put, put.server_id, values),
        change="policies.change_policy",
    ),
    "PolicyRule": Keeper(
        finder(Rule), content, update_rule, make_rule, change="policies.change_rule"
    ),
    "PolicyTest": Keeper(
        finder(PolicyTest), content, update_test, make_test, change="policies.change_policytest"
    ),
    "InlineHook": Keeper(
        finder(InlineHook), hook_values, update_hook, make_hook, change="policies.change_inlinehook"
    ),
}
