"""A decision with the whole way to it: one value for the system log, the simulator, the explain API
and the command line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authzsite.domain import trace_codec
from authzsite.domain.headline import headline
from authzsite.domain.policy_types import Decision
from authzsite.domain.trace import (
    APPLIES,
    BROKEN,
    INACTIVE,
    MATCHED,
    NOT_REACHED,
    OTHER_CLIENTS,
    Check,
    Fix,
    NearestMiss,
    PolicyTrace,
    RequestFacts,
    RuleTrace,
    Step,
)

FORMAT: Final = 1
"""The `v` of `as_dict`; it changes when a key is renamed or removed, not when one is added."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was asked, what was decided, and every step between, in order."""

    request: RequestFacts
    decision: Decision
    steps: tuple[Step, ...]
    """Before the policies."""
    policies: tuple[PolicyTrace, ...]
    """All of the server, in order, inactive ones included; empty when a token policy decides."""
    nearest_miss: NearestMiss | None = None
    """Only for a denial by policies in which at least one rule was tested."""
    fixes: tuple[Fix, ...] = ()
    """Best first: those that suffice before those that don't, changes of the request before changes
    of the configuration.
    """
    version: int = 0
    """The server version decided by."""

    @property
    def headline(self) -> str:
        """The answer as one sentence."""
        return headline(self.decision, self.request)

    @property
    def determining(self) -> RuleTrace | None:
        """The rule whose decision it is, if one's."""
        rules = (rule for policy in self.policies for rule in policy.rules)
        return next((rule for rule in rules if rule.determines), None)

    def as_dict(self, *, compact: bool = False) -> dict[str, Any]:
        """JSON-safe, for the explain API, and compact for `debugContext.debugData`.

        Compact leaves out what holds its default; `from_dict` reads both.
        """
        return {"v": FORMAT, **trace_codec.encode(self, compact=compact)}

    @staticmethod
    def from_dict(data: Mapping[str, object]) -> "Explanation | str":
        """What `as_dict` wrote, or a complaint about data that it didn't write."""
        if not isinstance(data, Mapping) or data.get("v") != FORMAT:
            return f"not an explanation of format {FORMAT}"
        return trace_codec.decode(Explanation, data)

    def sentences(self) -> tuple[str, ...]:
        """The whole explanation as plain lines, the answer first."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.headline
        if self.nearest_miss:
            yield miss_sentence(self.nearest_miss)
        yield from (
            f"Fix: {fix.text}{'' if fix.suffices else ' (a first step)'}" for fix in self.fixes
        )
        yield from (f"{_mark(step.is_ok)} {step.text}" for step in self.steps)
        for policy in self.policies:
            yield f"{policy.position}. {policy_sentence(policy, self.request)}"
            yield from (
                f"   {rule_line(rule)}" for rule in policy.rules if policy.status == APPLIES
            )


def miss_sentence(miss: NearestMiss) -> str:
    """`Nearest miss: rule A of policy B fails only on scopes: orders:delete`."""
    faults = "; ".join(f"{check.label.lower()}: {check.why_not}" for check in miss.fails)
    return (
        f"Nearest miss: rule {miss.rule_name} of policy {miss.policy_name} fails only on {faults}"
    )


def policy_sentence(policy: PolicyTrace, request: RequestFacts) -> str:
    """What became of a policy: applies, is inactive, is for other clients, or wasn't reached."""
    client = request.client_name or request.client_id
    ends = {
        APPLIES: "applies to this client",
        OTHER_CLIENTS: f"does not apply: {client} is not among its clients",
        INACTIVE: "is inactive",
        NOT_REACHED: "was not reached",
    }
    return f"{policy.name} {ends.get(policy.status, policy.status)}"


def rule_line(rule: RuleTrace) -> str:
    """`no  rule 1 Engineers may write: grant types ok, people ok, scopes: orders:delete`."""
    title = f"rule {rule.position} {rule.name}"
    if rule.status == BROKEN:
        return f"no  {title}: cannot be read ({rule.note})"
    if rule.status in (INACTIVE, NOT_REACHED):
        return f"--  {title} {'is inactive' if rule.status == INACTIVE else 'was not reached'}"
    checks = ", ".join(_check_words(check) for check in rule.checks)
    return f"{_mark(rule.status == MATCHED or rule.determines)} {title}: {checks}"


def _check_words(check: Check) -> str:
    return f"{check.label.lower()} ok" if check.is_ok else f"{check.label.lower()}: {check.why_not}"


def _mark(is_ok: bool) -> str:
    return "ok " if is_ok else "no "
