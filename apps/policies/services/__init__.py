"""Every change of policies and rules: one function per change (R8, R15).

All run under the lock of the server's row, so that priorities stay contiguous and versions name one
state.
"""

from apps.policies.services.policies import (
    PolicyFields,
    activate_policy,
    create_policy,
    deactivate_policy,
    delete_policy,
    reorder_policies,
    revoke_policy_tokens,
    update_policy,
)
from apps.policies.services.policy_tests import (
    PolicyTestFields,
    create_policy_test,
    delete_policy_test,
    update_policy_test,
)
from apps.policies.services.rules import (
    RuleFields,
    activate_rule,
    create_rule,
    deactivate_rule,
    delete_rule,
    reorder_rules,
    revoke_rule_tokens,
    update_rule,
)

__all__ = [
    "PolicyFields",
    "PolicyTestFields",
    "RuleFields",
    "activate_policy",
    "activate_rule",
    "create_policy",
    "create_policy_test",
    "create_rule",
    "deactivate_policy",
    "deactivate_rule",
    "delete_policy",
    "delete_policy_test",
    "delete_rule",
    "reorder_policies",
    "reorder_rules",
    "revoke_policy_tokens",
    "revoke_rule_tokens",
    "update_policy",
    "update_policy_test",
    "update_rule",
]
