"""R15, the line of policies and rules, field by field."""

from typing import Any, Final

from apps.policies import services as policies
from apps.policies.models import Policy, Rule
from apps.policies.services.inline_hooks import create_inline_hook
from tests.factories import TESTER, make_policy, make_rule
from tests.oauth.liveness.causes import NOTHING, OF_POLICY, Cause, Change
from tests.oauth.liveness.scene import Scene

CONDITIONS = [
    {"type": "grant_types", "include": ["authorization_code", "client_credentials"]},
    {"type": "people", "include_groups": ["EVERYONE"]},
    {"type": "scopes", "include": ["orders:read"]},
]
POLICY_FIELDS: Final[dict[str, tuple[Any, frozenset[str]]]] = {
    "name": ("Renamed", NOTHING),
    "description": ("Described", NOTHING),
    "clients": (None, OF_POLICY),  # None: the world's client alone, which is as good for it
}
RULE_FIELDS: Final[dict[str, tuple[Any, frozenset[str]]]] = {
    "name": ("Renamed", NOTHING),
    "conditions": (CONDITIONS, OF_POLICY),
    "access_token_minutes": (30, OF_POLICY),
    "refresh_token_minutes": (52_560_000, OF_POLICY),
    "refresh_window_minutes": (20_000, OF_POLICY),
}
RULE_ELSEWHERE: Final = {"hook_id"}  # a line of its own: the hook has to exist


def policy(service: str, **fields: Any) -> Change:
    """A change of the policy."""
    return lambda scene: getattr(policies, service)(
        actor=TESTER,
        server_id=scene.world.server.pk,
        policy_id=scene.world.policy.pk,
        **fields,
    )


def rule(service: str, **fields: Any) -> Change:
    """A change of the rule."""
    return lambda scene: getattr(policies, service)(
        actor=TESTER, server_id=scene.world.server.pk, rule_id=scene.world.rule.pk, **fields
    )


def policy_field(name: str, value: Any) -> Change:
    """Another value of one field."""

    def change(scene: Scene) -> None:
        scene.notes["before"] = getattr(scene.world.policy, name)
        new = [scene.world.client.pk] if value is None else value
        policy("update_policy", **{name: new})(scene)

    return change


def policy_field_back(name: str) -> Change:
    """The value that it had."""
    return lambda scene: policy("update_policy", **{name: scene.notes["before"]})(scene)


def attach_hook(scene: Scene) -> None:
    """Ask an address before tokens of the rule are signed; it doesn't answer here."""
    hook = create_inline_hook(actor=TESTER, name="claims", url="https://hooks.example.com/claims")
    rule("update_rule", hook_id=hook.pk)(scene)


def rule_field_back(name: str) -> Change:
    """The value that it had."""
    return lambda scene: rule("update_rule", **{name: getattr(scene.world.rule, name)})(scene)


def add_policy(scene: Scene) -> None:
    make_rule(make_policy(scene.world.server))


def add_rule(scene: Scene) -> None:
    make_rule(scene.world.policy)


def first_policy(scene: Scene) -> None:
    """The order turned round."""
    rows = Policy.objects.filter(server=scene.world.server).order_by("-priority")
    ids = list(rows.values_list("pk", flat=True))
    policies.reorder_policies(actor=TESTER, server_id=scene.world.server.pk, policy_ids=ids)


def first_rule(scene: Scene) -> None:
    """The order turned round, with a second rule that was there before."""
    rows = Rule.objects.filter(policy=scene.world.policy).order_by("-priority")
    ids = list(rows.values_list("pk", flat=True))
    policy("reorder_rules", rule_ids=ids)(scene)


POLICIES: Final = (
    Cause(
        "policy deactivated",
        OF_POLICY,
        policy("deactivate_policy"),
        policy("activate_policy"),
        ("deactivate_policy", "activate_policy"),
    ),
    Cause("policy deleted", OF_POLICY, policy("delete_policy"), None, ("delete_policy",)),
    Cause(
        "policy's tokens revoked",
        OF_POLICY,
        policy("revoke_policy_tokens"),
        None,
        ("revoke_policy_tokens",),
    ),
    Cause("policy added", NOTHING, add_policy, None, ("create_policy",)),
    Cause("policies reordered", NOTHING, first_policy, None, ("reorder_policies",)),
    *(
        Cause(
            f"policy's {name} changed",
            dead,
            policy_field(name, value),
            policy_field_back(name),
            ("update_policy",),
        )
        for name, (value, dead) in POLICY_FIELDS.items()
    ),
)

RULES: Final = (
    Cause(
        "rule deactivated",
        OF_POLICY,
        rule("deactivate_rule"),
        rule("activate_rule"),
        ("deactivate_rule", "activate_rule"),
    ),
    Cause("rule deleted", OF_POLICY, rule("delete_rule"), None, ("delete_rule",)),
    Cause(
        "rule's tokens revoked",
        OF_POLICY,
        rule("revoke_rule_tokens"),
        None,
        ("revoke_rule_tokens",),
    ),
    Cause("rule added", NOTHING, add_rule, None, ("create_rule",)),
    Cause("rules reordered", NOTHING, first_rule, None, ("reorder_rules",), prepare=add_rule),
    Cause(
        "rule's hook_id changed",
        NOTHING,
        attach_hook,
        rule_field_back("hook_id"),
        ("update_rule",),
    ),
    *(
        Cause(
            f"rule's {name} changed",
            dead,
            rule("update_rule", **{name: value}),
            rule_field_back(name),
            ("update_rule",),
        )
        for name, (value, dead) in RULE_FIELDS.items()
    ),
)
