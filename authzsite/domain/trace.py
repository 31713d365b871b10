"""The parts of an explanation. Every field is JSON-safe text, number or truth value, or a tuple of
such parts.
"""

from dataclasses import dataclass
from typing import Final

from authzsite.domain.fragments import Fragment

# RuleTrace.status
MATCHED: Final = "matched"
FAILED: Final = "failed"
BROKEN: Final = "broken"
# PolicyTrace.status
APPLIES: Final = "applies"
OTHER_CLIENTS: Final = "other_clients"
# either
INACTIVE: Final = "inactive"
NOT_REACHED: Final = "not_reached"

# Fix.kind: changes of the request
DROP_SCOPES: Final = "drop_scopes"
ASK_FOR: Final = "ask_for"
# changes of what the request stands on
ACTIVATE_USER: Final = "activate_user"
ASSIGN_USER: Final = "assign_user"
JOIN_GROUP: Final = "join_group"
# changes of the server's configuration
DEFINE_SCOPES: Final = "define_scopes"
MAKE_DEFAULT: Final = "make_default"
RELAX_CONSENT: Final = "relax_consent"
WIDEN_RULE: Final = "widen_rule"
REPAIR_RULE: Final = "repair_rule"
ACTIVATE_RULE: Final = "activate_rule"
ACTIVATE_POLICY: Final = "activate_policy"
ADD_CLIENT: Final = "add_client"
WIDEN_TOKEN_POLICY: Final = "widen_token_policy"  # noqa: S105


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What was asked, by whom: the request as the log keeps it."""

    server_id: str
    server_name: str
    client_id: str
    client_name: str
    grant_type: str
    has_user: bool
    user_id: str | None
    user_name: str
    user_status: str | None
    group_ids: tuple[str, ...] | None
    requested_scopes: tuple[str, ...] | None
    now: str
    """ISO 8601."""


@dataclass(frozen=True, slots=True)
class Step:
    """A check that precedes the policies: `scopes`, `user`, `assignment` or `token_policy`."""

    name: str
    is_ok: bool
    text: str
    refs: tuple[Fragment, ...] = ()
    """Things that the text names, to be linked: scopes at fault, groups of the assignment."""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of one rule against the request."""

    name: str
    label: str
    is_ok: bool
    why_not: str = ""
    fragments: tuple[Fragment, ...] = ()
    """`why_not` in parts, to be linked."""
    missing: tuple[str, ...] = ()
    """For scopes: the requested ones that the rule doesn't cover."""


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule on the way; `checks` is empty when it wasn't tested."""

    id: str
    name: str
    position: int
    """Its place in the policy, from 1."""
    status: str
    determines: bool = False
    """Whether the decision is this rule's."""
    checks: tuple[Check, ...] = ()
    note: str = ""
    """What is wrong with a broken rule."""


@dataclass(frozen=True, slots=True)
class PolicyTrace:
    """One policy on the way, with all its rules; their status says which were tested."""

    id: str
    name: str
    position: int
    """Its place on the server, from 1."""
    status: str
    rules: tuple[RuleTrace, ...] = ()


@dataclass(frozen=True, slots=True)
class NearestMiss:
    """The tested rule that came closest (`explain.nearest_miss` says what closest is)."""

    policy_id: str
    policy_name: str
    rule_id: str
    rule_name: str
    fails: tuple[Check, ...]
    missing: tuple[str, ...] = ()
    """The scopes it lacks; empty unless it fails on scopes."""

    @property
    def only_scopes(self) -> bool:
        """Whether nothing but scopes is in the way."""
        return all(check.missing for check in self.fails)


@dataclass(frozen=True, slots=True)
class Fix:
    """One change that would mend the request, tried with `evaluate` before it is suggested."""

    kind: str
    text: str
    suffices: bool
    """Whether it alone gives the whole of what was asked; otherwise it removes the first obstacle
    of several.
    """
    policy_id: str = ""
    rule_id: str = ""
    scopes: tuple[str, ...] = ()
    """Scopes to leave out, ask for, define, make default, relax or add to the rule."""
    grant_type: str = ""
    """A grant type to add to the rule."""
    user_id: str = ""
    """A user to add to the rule, activate, assign or let join."""
    group_id: str = ""
    """The group to join."""
    client_id: str = ""
    """The client to add to the policy or to assign the user to."""
