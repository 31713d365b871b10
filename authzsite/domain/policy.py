"""The policy engine's front door: facts and rules in, a decision or its explanation out.

    AccessRequest, PolicyBook --evaluate()--> Decision       for the endpoints
                              --explain()---> Explanation    how it came about

Everything here is defined in the modules that the imports name; nothing else of them is meant for
callers.
"""

from authzsite.domain.access_request import AccessRequest, AssignmentPath
from authzsite.domain.evaluation import evaluate
from authzsite.domain.explain import explain
from authzsite.domain.explanation import Explanation
from authzsite.domain.fixes import apply_fix
from authzsite.domain.policy_types import (
    ALLOW,
    DENY,
    Decision,
    DroppedScope,
    Policy,
    PolicyBook,
    Rule,
    ScopeFact,
)
from authzsite.domain.requested_scopes import ScopePlan, resolve_scopes
from authzsite.domain.rule_sentence import rule_sentence
from authzsite.domain.token_policy import TokenPolicy, evaluate_token_policy
from authzsite.domain.trace import (
    Check,
    Fix,
    NearestMiss,
    PolicyTrace,
    RequestFacts,
    RuleTrace,
    Step,
)

__all__ = [
    "ALLOW",
    "DENY",
    "AccessRequest",
    "AssignmentPath",
    "Check",
    "Decision",
    "DroppedScope",
    "Explanation",
    "Fix",
    "NearestMiss",
    "Policy",
    "PolicyBook",
    "PolicyTrace",
    "RequestFacts",
    "Rule",
    "RuleTrace",
    "ScopeFact",
    "ScopePlan",
    "Step",
    "TokenPolicy",
    "apply_fix",
    "evaluate",
    "evaluate_token_policy",
    "explain",
    "resolve_scopes",
    "rule_sentence",
]
