"""Which revocation concerns which token: what the verdicts of a history rest on."""

from math import inf

import pytest

from tests.history.latch import Interval, Kill, Reach, Token, reach
from tests.history.ledger import Ledger

pytestmark = pytest.mark.once
BORN = Interval(10, 11)
CLIENT, SCOPE = "client:c", "scope:s"


def token(birth: Interval = BORN, *, by_code: bool = False) -> Token:
    births = {CLIENT: birth, SCOPE: birth}
    return Token("opaque", "text", births, birth, by_code=by_code)


def kill(start: float, end: float, *, restore: float = inf, thing: str = CLIENT) -> Kill:
    is_gate = restore < inf
    return Kill("kill", frozenset({thing}), start, end, is_gate, restore, restore)


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (kill(12, 13), Reach.SURE),
        (kill(8, 9), Reach.NO),
        (kill(8, 10.5), Reach.MAYBE),
        (kill(10.5, 12), Reach.MAYBE),
        (kill(12, inf), Reach.MAYBE),
        (kill(8, inf), Reach.MAYBE),
        # A gate that stayed closed until the token was there: it was granted before, or wrongly.
        (kill(10.5, 12, restore=13), Reach.SURE),
        (kill(8, 9, restore=11.5), Reach.SURE),
        (kill(8, 9, restore=9.5), Reach.NO),
        (kill(10.2, 10.4, restore=10.6), Reach.MAYBE),
    ],
)
def test_what_was_born_meanwhile_may_be_before_or_after(ended: Kill, expected: Reach) -> None:
    assert reach(ended, token()) is expected


def test_a_flow_goes_on_while_its_policy_is_closed_and_stands_on_nothing_of_it() -> None:
    ledger = Ledger()
    closed = ledger.begin_kill("scope", {SCOPE}, is_gate=True)
    ledger.end_kill(closed)
    born = Interval(closed.end, closed.end)
    issued = ledger.add(token(born, by_code=True))
    assert issued.lapsed == {SCOPE}
    ledger.begin_restore(closed)
    ledger.end_restore(closed)
    again = ledger.begin_kill("scope", {SCOPE})
    ledger.end_kill(again)
    assert reach(again, issued) is Reach.MAYBE
    ledger.observe(issued, True, Interval(again.end + 1, again.end + 2))
    assert ledger.faults == []


def test_a_rule_is_gone_with_its_policy() -> None:
    ledger = Ledger()
    closed = ledger.begin_kill("policy", {"policy:p"}, is_gate=True)
    ledger.end_kill(closed)
    born = Interval(closed.end, closed.end)
    births = {CLIENT: born, "policy:p": born, "rule:r": born}
    issued = ledger.add(Token("opaque", "t", births, born, by_code=True))
    assert issued.lapsed == {"policy:p", "rule:r"}


def test_it_tells_an_active_answer_after_an_acknowledged_revocation() -> None:
    ledger = Ledger()
    issued = ledger.add(token())
    ended = ledger.begin_kill("client", {CLIENT})
    ledger.end_kill(ended)
    ledger.observe(issued, False, Interval(ended.start, ended.end))
    assert ledger.faults == []
    ledger.observe(issued, True, Interval(ended.end + 1, ended.end + 2))
    assert len(ledger.faults) == 1 and "active after it was dead" in ledger.faults[0]


def test_what_was_refused_is_no_cause() -> None:
    ledger = Ledger()
    issued = ledger.add(token())
    ledger.withdraw(ledger.begin_kill("client", {CLIENT}))
    ledger.observe(issued, False, Interval(12, 13))
    assert len(ledger.faults) == 1 and "dead without a cause" in ledger.faults[0]


def test_a_refusal_needs_something_that_is_closed() -> None:
    ledger = Ledger()
    ledger.refuse("token", {CLIENT}, Interval(1, 2))
    assert len(ledger.faults) == 1
    closed = ledger.begin_kill("client", {CLIENT}, is_gate=True)
    ledger.refuse("token", {CLIENT}, Interval(closed.start, closed.start + 1))
    assert len(ledger.faults) == 1


def test_what_is_forgotten_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.history.ledger.FORGET_SECONDS", -1.0)
    ledger = Ledger()
    issued = ledger.add(token())
    ended = ledger.begin_kill("client", {CLIENT})
    ledger.end_kill(ended)
    ledger.forget([issued])
    assert not list(ledger.concerning(issued))
    ledger.observe(issued, True, Interval(ended.end + 1, ended.end + 2))
    assert len(ledger.faults) == 1
