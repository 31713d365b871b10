"""What a change of policies does is what both decisions say (R9), and what it ends (R15)."""

from dataclasses import replace

from hypothesis import given

from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.policy import PolicyBook, evaluate
from authzsite.domain.whatif import GAINS, LOSES, OTHER_RULE, Case, compare, surviving_rules
from tests.domain import policy_world as w


def rules_of(book: PolicyBook) -> set[tuple[str, str]]:
    return {(policy.id, rule.id) for policy in book.policies for rule in policy.rules}


@given(w.cases, w.cases)
def test_r9_a_difference_is_that_of_two_decisions(one: w.Case, other: w.Case) -> None:
    before, after, request = w.book(one.world), w.book(other.world), w.ask(one.request)
    found = compare(before, after, [Case(request, times=3)])
    old, new = evaluate(before, request), evaluate(after, request)
    assert found.unchanged in (0, 3) and (found.unchanged == 0) is bool(found.differences)
    assert (found.counts[GAINS] == 3) is (new.is_allowed and not old.is_allowed)
    assert (found.counts[LOSES] == 3) is (old.is_allowed and not new.is_allowed)
    if old.is_allowed and new.is_allowed:
        same = (old.policy_id, old.rule_id) == (new.policy_id, new.rule_id)
        assert (found.counts[OTHER_RULE] == 3) is not same
        is_same_grant = same and old.lifetimes == new.lifetimes
        assert (found.unchanged == 3) is (is_same_grant and set(old.scopes) == set(new.scopes))


@given(w.cases)
def test_no_change_is_none_and_ends_nothing_that_is_active(one: w.Case) -> None:
    book, request = w.book(one.world), w.ask(one.request)
    assert compare(book, book, [Case(request)]).unchanged == 1
    active = {
        (policy.id, rule.id)
        for policy in book.policies
        for rule in policy.rules
        if policy.is_active and rule.is_active and rule.broken is None
    }
    assert surviving_rules(book, book) == active


@given(w.cases)
def test_r15_another_lifetime_ends_a_rule_and_another_name_or_place_does_not(one: w.Case) -> None:
    book = w.book(one.world)
    renamed = [
        replace(
            policy,
            name="other",
            priority=9,
            rules=tuple(replace(rule, name="other", priority=9) for rule in policy.rules),
        )
        for policy in reversed(book.policies)
    ]
    assert surviving_rules(book, replace(book, policies=tuple(renamed))) == surviving_rules(
        book, book
    )
    longer = [
        replace(
            policy,
            rules=tuple(replace(rule, lifetimes=Lifetimes(1, 2, 3)) for rule in policy.rules),
        )
        for policy in book.policies
    ]
    assert not surviving_rules(book, replace(book, policies=tuple(longer)))
    assert not surviving_rules(book, replace(book, policies=()))
    assert surviving_rules(book, book) <= rules_of(book)
