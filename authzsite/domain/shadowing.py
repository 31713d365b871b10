"""Rules that can never decide, because an earlier one answers every request that they match (R9).

Sound, not complete: what is named here is never missed by any request (removing it changes no
decision, whatever the scope mode), but rules that only several earlier ones together cover are not
found. A rule covers another when each of its conditions is implied by one of the other's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from authzsite.domain.conditions import Condition, GrantTypes, People, Validity
from authzsite.domain.conditions.base import is_aware
from authzsite.domain.grant_types import has_user
from authzsite.domain.policy_types import Policy, Rule
from authzsite.domain.vocabulary import EVERYONE

MOST_PAIRS: Final = 100_000  # bounds what a page costs on a server with very many rules


@dataclass(frozen=True, slots=True)
class Place:
    """A rule, its policy, and where both stand, from 1."""

    policy: Policy
    rule: Rule
    policy_position: int
    position: int


@dataclass(frozen=True, slots=True)
class Shadow:
    """That a rule never decides, and which one answers first: the earliest that does."""

    place: Place
    by: Place

    @property
    def moving_helps(self) -> bool:
        """Whether both could decide if the rule stood directly before the other one, in the same
        policy: the other isn't covered by it in turn."""
        same = self.by.policy.id == self.place.policy.id
        return same and self.by.rule.broken is None and not covers(self.place, self.by)


def shadowed(policies: tuple[Policy, ...]) -> Mapping[str, Shadow]:
    """By rule id, the rules that never decide. `policies` in order of evaluation."""
    places = list(_considered(policies))
    pairs = ((later, by) for at, later in enumerate(places) for by in places[:at])
    found: dict[str, Shadow] = {}
    for later, by in islice(pairs, MOST_PAIRS):
        if later.rule.id not in found and covers(by, later):
            found[later.rule.id] = Shadow(later, by)
    return found


def _considered(policies: tuple[Policy, ...]) -> Iterator[Place]:
    """What evaluation reads, in order: what is inactive never answers."""
    for number, policy in enumerate(policies, 1):
        if policy.is_active:
            for place, rule in enumerate(policy.rules, 1):
                if rule.is_active:
                    yield Place(policy, rule, number, place)


def covers(one: Place, other: Place) -> bool:
    """Whether every request that the other one's rule matches is answered by this one's."""
    if not _within(other.policy.client_ids, one.policy.client_ids):
        return False
    if one.rule.broken is not None:  # it denies whatever reaches it
        return True
    if other.rule.broken is not None:
        return False
    return _within(other.rule.scope_names, one.rule.scope_names) and all(
        any(_implies(given, wanted) for given in other.rule.gates) or _is_idle(wanted, other.rule)
        for wanted in one.rule.gates
    )


def _within(part: frozenset[str] | None, whole: frozenset[str] | None) -> bool:
    """Of two sets of which None is everything."""
    return whole is None or (part is not None and part <= whole)


def _is_idle(condition: Condition, rule: Rule) -> bool:
    """Whether the condition holds of whatever the rule matches: of people, when it matches only
    grants that have none."""
    if not isinstance(condition, People):
        return False
    listed = [one.include for one in rule.gates if isinstance(one, GrantTypes)]
    return any(not any(map(has_user, names)) for names in listed)


def _implies(given: Condition, wanted: Condition) -> bool:
    """Whether every request that satisfies `given` satisfies `wanted`; of conditions that nobody
    has taught this module, only equal ones."""
    judge = _JUDGES.get(type(given)) if type(given) is type(wanted) else None
    return given == wanted if judge is None else judge(given, wanted)


def _grants_imply(given: GrantTypes, wanted: GrantTypes) -> bool:
    return given.include <= wanted.include


def _people_imply(given: People, wanted: People) -> bool:
    barred = wanted.exclude_users - given.exclude_users
    if not given.include_groups:
        barred &= given.include_users
    return not barred and wanted.exclude_groups <= given.exclude_groups and _lets_in(given, wanted)


def _lets_in(given: People, wanted: People) -> bool:
    return EVERYONE in wanted.include_groups or (
        given.include_groups <= wanted.include_groups
        and given.include_users <= wanted.include_users
    )


def _times_imply(given: Validity, wanted: Validity) -> bool:
    if not _is_comparable(given):  # never satisfied
        return True
    if not _is_comparable(wanted):
        return False
    starts = wanted.valid_from is None or (
        given.valid_from is not None and given.valid_from >= wanted.valid_from
    )
    ends = wanted.valid_until is None or (
        given.valid_until is not None and given.valid_until <= wanted.valid_until
    )
    return starts and ends


def _is_comparable(window: Validity) -> bool:
    return all(one is None or is_aware(one) for one in (window.valid_from, window.valid_until))


_JUDGES: Final[Mapping[type, Callable[[Any, Any], bool]]] = {
    GrantTypes: _grants_imply,
    People: _people_imply,
    Validity: _times_imply,
}
