"""Token policies of configuration clients (R19 to R21): the same decision type, never a denial."""

from dataclasses import replace

import pytest

from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.policy import AccessRequest, Decision, TokenPolicy, evaluate, explain
from tests.domain import policy_world as w

POLICY = TokenPolicy("tp1", "Readers", 7, (".:config/**", "-:config/tokenPolicies/tp1"), 600, 3600)
BOOK = w.book(w.simple_world(mode="narrow"))


def request(*scopes: str, policy: TokenPolicy = POLICY) -> AccessRequest:
    plain = w.ask(w.simple_request(*scopes, grant="client_credentials"))
    return replace(plain, token_policy=policy)


def decide(*scopes: str) -> Decision:
    return evaluate(BOOK, request(*scopes))


DENIAL = "-:config/tokenPolicies/tp1"
TABLE = [
    ((".:config/**",), (".:config/**", DENIAL)),
    ((".:config/clients", "*:config/**"), (".:config/clients", DENIAL)),
    (("*:**",), ()),
    (("nonsense",), ()),
    ((), ()),
]


@pytest.mark.parametrize(("asked", "granted"), TABLE)
def test_it_grants_what_it_covers_and_denies_nothing(
    asked: tuple[str, ...], granted: tuple[str, ...]
) -> None:
    decision = decide(*asked)
    assert decision.is_allowed
    assert decision.scopes == granted
    assert set(asked) == {*(set(granted) - {DENIAL}), *decision.dropped_names}


def test_the_decision_stands_on_the_token_policy_alone() -> None:
    decision = decide(".:config/**")
    assert decision.config_epochs == (7,)
    assert (decision.policy_id, decision.policy_name, decision.rule_id) == ("tp1", "Readers", "")
    assert decision.lifetimes == Lifetimes(600, 3600, 3600)


def test_a_user_still_needs_status_and_assignment() -> None:
    person = w.ask(w.simple_request(".:config/**", assigned=False))
    assert evaluate(BOOK, replace(person, token_policy=POLICY)).reason == "user_not_assigned"


def test_the_explanation_names_the_policy_and_the_smallest_change() -> None:
    story = explain(BOOK, request("*:config/clients"))
    assert [step.name for step in story.steps] == ["token_policy"]
    assert story.policies == ()
    assert [(fix.kind, fix.scopes, fix.suffices) for fix in story.fixes] == [
        ("widen_token_policy", ("*:config/clients",), True)
    ]
    assert story.headline == (
        "Granted a token without scope, not *:config/clients by token policy Readers."
    )
