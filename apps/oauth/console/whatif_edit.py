"""Changes of a draft: pure functions from one list of policies to the next.

Places are indexes into the draft as it was shown; one that isn't there any more changes nothing.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, Final

from apps.policies.services.what_if import Draft

NEW: Final = "new"
STEPS: Final = {"up": -1, "down": 1}


def found(drafts: Sequence[Draft], policy: str, rule: str | None = None) -> Draft | None:
    """The policy, or the rule of it, at this place."""
    one = _at(drafts, policy)
    return one if rule is None or one is None else _at(one["rules"], rule)


def put(drafts: Sequence[Draft], value: Draft, policy: str, rule: str | None = None) -> list[Draft]:
    """With the policy or rule at its place; at NEW it comes last."""
    after = deepcopy(list(drafts))
    rows = after if rule is None else _rules(after, policy)
    place = policy if rule is None else rule
    if place == NEW:
        rows.append(value)
    elif _at(rows, place) is not None:
        rows[int(place)] = value
    return after


def removed(drafts: Sequence[Draft], policy: str, rule: str | None = None) -> list[Draft]:
    """Without the policy or rule at this place."""
    after = deepcopy(list(drafts))
    rows, place = (after, policy) if rule is None else (_rules(after, policy), rule)
    if _at(rows, place) is not None:
        del rows[int(place)]
    return after


def moved(drafts: Sequence[Draft], step: str, policy: str, rule: str | None = None) -> list[Draft]:
    """With the policy or rule one place up or down."""
    after = deepcopy(list(drafts))
    rows, place = (after, policy) if rule is None else (_rules(after, policy), rule)
    if _at(rows, place) is not None:
        target = min(max(int(place) + STEPS.get(step, 0), 0), len(rows) - 1)
        rows.insert(target, rows.pop(int(place)))
    return after


def switched(drafts: Sequence[Draft], policy: str, rule: str | None = None) -> list[Draft]:
    """With the policy or rule active where it was inactive, and the other way round."""
    after = deepcopy(list(drafts))
    one = found(after, policy, rule)
    if one is not None:
        one["status"] = "INACTIVE" if one.get("status", "ACTIVE") == "ACTIVE" else "ACTIVE"
    return after


def standing(one: Draft, base: Sequence[Draft]) -> str:
    """Whether a policy (without its rules) or a rule is "new", "changed", or "" as it was."""
    old = next((row for row in base if row.get("id") == one.get("id")), None)
    if old is None:
        return NEW
    names = {*old, *one} - {"rules"}
    return "changed" if any(old.get(name) != one.get(name) for name in names) else ""


def gone(base: Sequence[Draft], drafts: Sequence[Draft]) -> list[Draft]:
    """What the draft leaves out."""
    kept = {one.get("id") for one in drafts}
    return [one for one in base if one.get("id") not in kept]


def _rules(drafts: list[Draft], policy: str) -> list[Draft]:
    one = _at(drafts, policy)
    rules: list[Draft] = one["rules"] if one is not None else []
    return rules


def _at(rows: Sequence[Draft], place: str) -> Any:
    return rows[int(place)] if place.isdecimal() and int(place) < len(rows) else None
