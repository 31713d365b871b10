"""Scopes in a decision, as tables: what each mode does with what is asked (R3, R4, R10)."""

from dataclasses import replace

import pytest

from authzsite.domain.conditions import Condition, Scopes
from authzsite.domain.policy import Decision, PolicyBook, evaluate
from tests.domain import policy_world as w
from tests.domain.policy_world import Spec, decide

READ_ONLY = w.simple_rule(scopes=frozenset({"read"}))
READ_WRITE = w.simple_rule(scopes=frozenset({"read", "write"}))
NO_SCOPE = w.simple_rule(scopes=frozenset())
ALONE = {"grant": "client_credentials"}


def answer(world: Spec, *scopes: str, **changes: object) -> str:
    """`read write` for a grant, `-` for one without scope, `error/reason` for a denial."""
    decision = decide(world, w.simple_request(*scopes, **changes))
    if decision.is_allowed:
        return " ".join(decision.scopes) or "-"
    return f"{decision.error}/{decision.reason}"


TABLE = [
    # asked, changed facts, reject mode, narrow mode
    ("read", {}, "read", "read"),
    ("openid read profile", {}, "openid read profile", "openid read profile"),
    ("read read", {}, "read", "read"),
    ("read write", {}, "access_denied/scope_denied", "read"),
    ("write", {}, "access_denied/no_scope_allowed", "-"),
    ("openid write", {}, "access_denied/no_scope_allowed", "openid"),
    ("nowhere", {}, "invalid_scope/no_matching_scope", "-"),
    ("read nowhere", {}, "invalid_scope/no_matching_scope", "read"),
    ("profile nowhere", {}, "invalid_scope/no_matching_scope", "-"),
    ("profile", {}, "invalid_scope/openid_scope_required", "-"),
    ("groups read", {}, "invalid_scope/openid_scope_required", "read"),
    ("offline_access read", {}, "invalid_scope/openid_scope_required", "read"),
    ("openid offline_access", {}, "openid offline_access", "openid offline_access"),
    ("openid offline_access", {"may_refresh": False}, "openid", "openid"),
    ("offline_access read", {"may_refresh": False}, "read", "read"),
    ("read", ALONE, "read", "read"),
    ("openid read", ALONE, "invalid_scope/openid_not_allowed_client_creds", "read"),
    ("offline_access", ALONE, "invalid_scope/openid_not_allowed_client_creds", "-"),
    ("", {}, "invalid_scope/no_default_scopes", "-"),
    ("offline_access", {"may_refresh": False}, "invalid_scope/no_default_scopes", "-"),
]


@pytest.mark.parametrize(("asked", "facts", "reject", "narrow"), TABLE)
def test_what_each_mode_answers(asked: str, facts: Spec, reject: str, narrow: str) -> None:
    world = w.simple_world(READ_ONLY)
    assert answer(world, *asked.split(), **facts) == reject
    assert answer({**world, "mode": "narrow"}, *asked.split(), **facts) == narrow


def test_defaults_are_those_that_the_rule_allows() -> None:
    world = w.simple_world(READ_ONLY, defaults=frozenset({"read", "write"}))
    assert answer(world) == "read"


def test_the_first_rule_decides_even_if_a_later_one_allows_a_default() -> None:
    world = w.simple_world(NO_SCOPE, READ_ONLY, defaults=frozenset({"read"}))
    assert answer(world) == "invalid_scope/no_default_scopes"
    assert answer({**world, "mode": "narrow"}) == "-"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("reject", "consent_required/consent_required_client_credentials"),
        ("narrow", "read"),
    ],
)
def test_a_scope_that_needs_consent_needs_somebody_to_ask(mode: str, expected: str) -> None:
    world = w.simple_world(READ_WRITE, consent=frozenset({"write"}), mode=mode)
    assert answer(world, "read", "write", **ALONE) == expected
    assert answer(world, "read", "write") == "read write"


def test_no_rule_is_asked_for_consent_before_one_matches() -> None:
    world = w.simple_world(READ_ONLY, consent=frozenset({"write"}))
    assert answer(world, "write", **ALONE) == "access_denied/no_scope_allowed"


def narrowed(*rules: Spec, scopes: str = "write erase") -> Decision:
    listed = [{**rule, "id": name} for rule, name in zip(rules, "abc", strict=False)]
    return decide(w.simple_world(*listed, mode="narrow"), w.simple_request(*scopes.split()))


def test_narrow_prefers_a_later_rule_that_matches_whole() -> None:
    decision = narrowed(READ_WRITE, w.simple_rule())
    assert (decision.rule_id, decision.scopes, decision.dropped) == ("b", ("write", "erase"), ())


def test_narrow_takes_the_first_rule_that_covers_something() -> None:
    decision = narrowed(NO_SCOPE, READ_ONLY, READ_WRITE)
    assert (decision.rule_id, decision.scopes) == ("c", ("write",))
    assert decision.dropped == (("erase", "scope_denied"),)


def test_narrow_takes_the_first_rule_when_none_covers_anything() -> None:
    decision = narrowed(NO_SCOPE, READ_ONLY)
    assert (decision.rule_id, decision.scopes) == ("a", ())
    assert decision.dropped_names == ("write", "erase")


def test_narrow_is_stopped_by_a_broken_rule() -> None:
    assert narrowed(READ_WRITE, w.simple_rule(broken=True)).reason == "broken_rule"


def test_narrow_invents_no_rule() -> None:
    assert narrowed(w.simple_rule(users=frozenset({"bob"}))).reason == "no_matching_policy"


def test_an_ignored_scope_is_noted() -> None:
    request = w.simple_request("openid", "offline_access", may_refresh=False)
    decision = decide(w.simple_world(READ_ONLY), request)
    assert decision.dropped == (("offline_access", "refresh_not_enabled"),)


USERS = [
    ({"status": "SUSPENDED"}, "invalid_user_status_error"),
    ({"status": "PASSWORD_EXPIRED"}, "password_expired"),
    ({"status": None}, "invalid_user_status_error"),
    ({"user": None}, "invalid_user_status_error"),
    ({"assigned": False}, "user_not_assigned"),
    ({"groups": None}, "no_matching_policy"),
]


@pytest.mark.parametrize(("facts", "reason"), USERS)
def test_a_user_needs_status_assignment_and_groups(facts: Spec, reason: str) -> None:
    """Before the policies, whatever they say (R6, R7); a client acting for itself needs none."""
    world = w.simple_world(w.simple_rule())
    assert answer(world, "read", **facts) == f"access_denied/{reason}"
    assert answer(world, "read", **{**facts, **ALONE}) == "read"


def test_the_reason_speaks_of_the_rule_that_lacks_the_fewest() -> None:
    world = w.simple_world(NO_SCOPE, READ_ONLY, READ_WRITE)
    decision = decide(world, w.simple_request("read", "write", "erase"))
    assert (decision.reason, decision.dropped_names) == ("scope_denied", ("erase",))


def test_a_rule_that_states_nothing_matches_nothing() -> None:
    """What is left out never widens, for whoever builds the rule."""
    stated = w.book(w.simple_world(w.simple_rule())).policies[0].rules[0].conditions
    everything = evaluate(only_rule(*stated), w.ask(w.simple_request("read")))
    assert everything.is_allowed
    for left_out in ("grant_types", "people", "scopes"):
        book = only_rule(*(one for one in stated if one.name != left_out))
        assert not evaluate(book, w.ask(w.simple_request("read"))).is_allowed


def test_two_lists_of_scopes_both_bind() -> None:
    stated = w.book(w.simple_world(w.simple_rule())).policies[0].rules[0].conditions
    book = only_rule(*stated, Scopes(frozenset({"read"})), Scopes(frozenset({"read", "write"})))
    assert evaluate(book, w.ask(w.simple_request("read"))).is_allowed
    assert not evaluate(book, w.ask(w.simple_request("write"))).is_allowed


def only_rule(*conditions: Condition) -> PolicyBook:
    book = w.book(w.simple_world(w.simple_rule()))
    rule = replace(book.policies[0].rules[0], conditions=conditions)
    return replace(book, policies=(replace(book.policies[0], rules=(rule,)),))
