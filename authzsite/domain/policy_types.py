"""What a server's policies are, and what a decision about a request is: frozen values without
behaviour of their own.

`compile.py` of the apps builds a `PolicyBook` from rows; `evaluation.evaluate` reads it and answers
with a `Decision`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from authzsite.domain.conditions import Condition, People, Scopes, complete
from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.vocabulary import ANY_SCOPE, CONSENT_IMPLICIT, OIDC_SCOPES, SCOPE_MODE_REJECT

ALLOW: Final = "allow"
DENY: Final = "deny"


@dataclass(frozen=True, slots=True)
class ScopeFact:
    """A scope that the server defines, as far as evaluation reads it."""

    name: str
    epoch: int
    is_default: bool = False
    """Granted when a request names no scope (design rule R4)."""
    consent: str = CONSENT_IMPLICIT
    """IMPLICIT, FLEXIBLE or REQUIRED; a REQUIRED one cannot be granted where nobody can be asked.
    """


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy: the conditions, and what a token gets when all of them match."""

    id: str
    name: str
    epoch: int
    conditions: tuple[Condition, ...]
    """Completed on construction: a rule that states no grant type, people or scopes matches none
    (`conditions.complete`).
    """
    lifetimes: Lifetimes
    priority: int = 1
    broken: str | None = None
    """What could not be read of it; such a rule denies when reached (design rule R9)."""
    is_active: bool = True
    hook_id: str = ""
    """The inline hook that is asked before its tokens are signed; empty for none."""
    gates: tuple[Condition, ...] = field(init=False, repr=False, compare=False)
    """The conditions other than scopes."""
    scope_names: frozenset[str] | None = field(init=False, repr=False, compare=False)
    """The custom scopes it covers; None is any."""

    def __post_init__(self) -> None:
        conditions = complete(self.conditions)
        object.__setattr__(self, "conditions", conditions)
        object.__setattr__(
            self, "gates", tuple(one for one in conditions if not isinstance(one, Scopes))
        )
        limits = [
            one.include
            for one in conditions
            if isinstance(one, Scopes) and ANY_SCOPE not in one.include
        ]
        object.__setattr__(self, "scope_names", frozenset.intersection(*limits) if limits else None)

    @property
    def people(self) -> People:
        """Its first people condition; there always is one."""
        return next((one for one in self.conditions if isinstance(one, People)), People())


@dataclass(frozen=True, slots=True)
class Policy:
    """An ordered list of rules, for all clients or for some."""

    id: str
    name: str
    epoch: int
    client_ids: frozenset[str] | None
    """The clients it applies to; None is ALL_CLIENTS."""
    rules: tuple[Rule, ...]
    """Sorted by priority on construction; equal priorities keep their order."""
    priority: int = 1
    is_active: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(sorted(self.rules, key=lambda rule: rule.priority)))

    def covers(self, client_id: str) -> bool:
        """Whether it applies to this client."""
        return self.client_ids is None or client_id in self.client_ids


@dataclass(frozen=True, slots=True)
class PolicyBook:
    """Everything of one authorization server that evaluation reads. Inactive policies and rules are
    kept for the explanation only.
    """

    policies: tuple[Policy, ...]
    """Sorted by priority on construction; equal priorities keep their order."""
    scopes: Mapping[str, ScopeFact]
    """The defined scopes by name. OIDC scopes need no entry and are ignored when they have one
    (design rule R10).
    """
    scope_mode: str = SCOPE_MODE_REJECT
    """`reject` or `narrow` (design rule R3); anything unknown counts as `reject`."""
    version: int = 0
    """The server version that it was compiled from, for the explanation."""
    server_name: str = ""
    """For sentences only."""
    names: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """What people call the groups and users that rules mention, by id; for sentences only."""
    hooks: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """Rule → inline hook, of the rules that have one."""
    default_scopes: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """Names of the default scopes, sorted."""

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "policies", tuple(sorted(self.policies, key=lambda policy: policy.priority))
        )
        rules = (rule for policy in self.policies for rule in policy.rules)
        object.__setattr__(self, "hooks", {one.id: one.hook_id for one in rules if one.hook_id})
        names = (
            name
            for name, scope in self.scopes.items()
            if scope.is_default and name not in OIDC_SCOPES
        )
        object.__setattr__(self, "default_scopes", tuple(sorted(names)))


class DroppedScope(NamedTuple):
    """A requested scope that isn't granted, and why (a `REASON_*` of the vocabulary)."""

    scope: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one request. Policy and rule are named whenever one determined it, also on a
    denial.
    """

    outcome: str
    """`allow` or `deny`."""
    error: str = ""
    """The OAuth error code of a denial."""
    reason: str = ""
    """The internal reason of a denial, for `outcome.reason` of the system log; never for the
    client.
    """
    policy_id: str = ""
    policy_name: str = ""
    rule_id: str = ""
    rule_name: str = ""
    scopes: tuple[str, ...] = ()
    """What is granted, in the order of the request (default scopes: sorted)."""
    dropped: tuple[DroppedScope, ...] = ()
    """Allowed: what was asked for and isn't granted. Denied: the scopes at fault."""
    lifetimes: Lifetimes | None = None
    """Of the determining rule; None on a denial."""
    config_epochs: tuple[int, ...] = ()
    """Epochs of policy, rule and each granted custom scope (or of the token policy), sorted: what
    the token will stand on.
    """

    @property
    def is_allowed(self) -> bool:
        """Whether a token may be issued."""
        return self.outcome == ALLOW

    @property
    def dropped_names(self) -> tuple[str, ...]:
        """The names of `dropped`."""
        return tuple(scope for scope, _ in self.dropped)
