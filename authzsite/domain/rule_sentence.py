"""A rule as the sentence that an administrator reads: "When people in X, except Y, sign in by `a`
and ask for `b`".
"""

from authzsite.domain import grant_types
from authzsite.domain.conditions import GrantTypes, People, Scopes
from authzsite.domain.conditions import grant_types as grant_condition
from authzsite.domain.fragments import Fragment, words
from authzsite.domain.policy_types import Rule


def rule_sentence(rule: Rule) -> tuple[Fragment, ...]:
    """The whole sentence, without a full stop; a broken rule says what is wrong with it."""
    if rule.broken is not None:
        return (words(f"Cannot be read: {rule.broken}"),)
    grants = frozenset[str]().union(
        *(one.include for one in rule.conditions if isinstance(one, GrantTypes))
    )
    by_user = frozenset(name for name in grants if grant_types.has_user(name))
    return (
        words("When "),
        *_actors(rule.people, by_user, grants - by_user),
        *_asking(rule),
        *_rest(rule),
    )


def _actors(people: People, by_user: frozenset[str], alone: frozenset[str]) -> tuple[Fragment, ...]:
    """Who acts and how: people by their grants, a client by those without a user; with neither,
    nobody can.
    """
    if not by_user and not alone:
        return (
            *people.sentence(),
            words(" use no grant type" if people.is_plural else " uses no grant type"),
        )
    both = (words(", or "),) if by_user and alone else ()
    return (
        *(_people_act(people, by_user) if by_user else ()),
        *both,
        *(_client_acts(alone) if alone else ()),
    )


def _people_act(people: People, grants: frozenset[str]) -> tuple[Fragment, ...]:
    verb = " sign in by " if people.is_plural else " signs in by "
    return (*people.sentence(), words(verb), *grant_condition.listing(grants))


def _client_acts(grants: frozenset[str]) -> tuple[Fragment, ...]:
    return (words("a client acts for itself by "), *grant_condition.listing(grants))


def _asking(rule: Rule) -> tuple[Fragment, ...]:
    grants = frozenset[str]().union(
        *(one.include for one in rule.conditions if isinstance(one, GrantTypes))
    )
    is_plural = rule.people.is_plural and all(grant_types.has_user(name) for name in grants)
    scopes = (part for one in rule.conditions if isinstance(one, Scopes) for part in one.sentence())
    return (words(" and ask for " if is_plural else " and asks for "), *scopes)


def _rest(rule: Rule) -> tuple[Fragment, ...]:
    """Every other condition in its own words."""
    others = (
        one.sentence()
        for one in rule.conditions
        if not isinstance(one, GrantTypes | People | Scopes)
    )
    return tuple(part for sentence in others if sentence for part in (words(", "), *sentence))
