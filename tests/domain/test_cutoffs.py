"""R18 by any combination, R16: a token is dead iff a cutoff that it hadn't read means it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authzsite.domain.cutoffs import Cutoff, read_ids
from authzsite.domain.revocation import (
    Cause,
    Fault,
    Standing,
    Vector,
    all_faults,
    rebase,
    standing_fault,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
VECTOR = Vector(1, 7, 3, config=(4, 6), cutoffs=(10,))
STANDING = Standing(
    installation=1,
    server=7,
    client=3,
    live_config=frozenset({4, 6}),
    expires_at=NOW + HOUR,
    issued_at=NOW - HOUR,
)
law = settings(max_examples=150, deadline=None)


def fault_of(*cutoffs: Cutoff, vector: Vector = VECTOR, **changes: object) -> Fault | None:
    """What the gate says while these are open."""
    standing = replace(STANDING, cutoffs=cutoffs, **changes)  # type: ignore[arg-type]
    return standing_fault(vector, standing, NOW)


@pytest.mark.parametrize(
    ("cutoff", "is_dead"),
    [
        (Cutoff(11), True),
        (Cutoff(10), False),  # the decision had read it
        (Cutoff(9), True),  # an id below says nothing: commits come in any order
        (Cutoff(11, frozenset({4})), True),
        (Cutoff(11, frozenset({4, 6})), True),
        (Cutoff(11, frozenset({5})), False),
        (Cutoff(11, frozenset({4, 5})), False),  # a combination is all of it
        (Cutoff(11, issued_before=NOW), True),
        (Cutoff(11, issued_before=NOW - HOUR), False),  # not before its own instant
        (Cutoff(11, issued_before=NOW - HOUR + timedelta(microseconds=1)), True),
        (Cutoff(11, frozenset({4}), NOW - 2 * HOUR), False),
        (Cutoff(11, frozenset({5}), NOW), False),
        (Cutoff(10, frozenset({4}), NOW), False),
    ],
)
def test_r18_a_cutoff_means(cutoff: Cutoff, is_dead: bool) -> None:
    assert fault_of(cutoff) == (Fault(Cause.CUTOFF, str(cutoff.id)) if is_dead else None)


def test_of_several_one_that_was_not_read_is_enough() -> None:
    assert fault_of(Cutoff(10), Cutoff(12, frozenset({5})), Cutoff(13)) == Fault(Cause.CUTOFF, "13")


def test_the_doctor_hears_of_each() -> None:
    standing = replace(STANDING, cutoffs=(Cutoff(11), Cutoff(12)))
    assert [f.reason for f in all_faults(VECTOR, standing, NOW)] == ["cutoff:11", "cutoff:12"]


def test_what_has_no_known_age_is_older() -> None:
    assert fault_of(Cutoff(11, issued_before=NOW - 99 * HOUR), issued_at=None) is not None


def test_a_decision_records_what_could_mean_its_token_and_nothing_else() -> None:
    named = [Cutoff(2, frozenset({5})), Cutoff(4, frozenset({6}))]
    assert read_ids([Cutoff(3, issued_before=NOW), Cutoff(1), *named], (4, 6)) == (1, 3, 4)


def test_r17_a_code_dies_of_what_names_its_user_client_or_server() -> None:
    waiting = rebase(VECTOR, ())
    assert fault_of(Cutoff(11), vector=waiting) is not None
    assert fault_of(Cutoff(10), vector=waiting) is None


def test_r17_a_code_survives_what_names_a_policy_rule_or_scope_and_the_next_one_counts() -> None:
    named = Cutoff(11, frozenset({4}))
    assert fault_of(named, vector=rebase(VECTOR, ())) is None

    exchanged = rebase(VECTOR, (4, 6), [named, Cutoff(12), Cutoff(13, frozenset({5}))])

    assert exchanged.cutoffs == (10, 11)
    assert fault_of(named, vector=exchanged) is None
    assert fault_of(Cutoff(12), vector=exchanged) is not None  # made before or after: it counts
    assert fault_of(Cutoff(14, frozenset({4})), vector=exchanged) is not None


@dataclass(frozen=True)
class Made:
    """An event of the model: a token, or (`is_token` false) a revocation of all such."""

    is_token: bool
    server: int
    client: int
    user: int
    epochs: frozenset[int]
    minutes: int  # of a token its age, of a revocation the age that it asks for; 0 = any


def made(is_token: bool, least: int) -> st.SearchStrategy[Made]:
    """Small universes, so that everything meets; `least` 0: "any" is among them."""
    ids = st.integers(least, 2)
    epochs = st.frozensets(st.integers(4, 7), min_size=2 * is_token, max_size=3 if is_token else 2)
    return st.builds(Made, st.just(is_token), ids, ids, ids, epochs, st.integers(0, 3))


histories = st.lists(st.one_of(made(True, 1), made(False, 0)), min_size=1, max_size=9)


def owners_match(token: Made, cut: Made) -> bool:
    """Whether server, client and user are those that are asked for; 0 asks for any."""
    asked = {(cut.server, token.server), (cut.client, token.client), (cut.user, token.user)}
    return all(wanted in (0, has) for wanted, has in asked)


def is_meant(token: Made, cut: Made) -> bool:
    """The naive reading of the administrator's words."""
    is_older = cut.minutes == 0 or token.minutes > cut.minutes
    return owners_match(token, cut) and cut.epochs <= token.epochs and is_older


def found_for(token: Made, cuts: Sequence[tuple[int, Made]]) -> tuple[Cutoff, ...]:
    """What the one SELECT hands over: the owners match, the rest is the gate's."""
    return tuple(
        Cutoff(place, cut.epochs, NOW - timedelta(minutes=cut.minutes) if cut.minutes else None)
        for place, cut in cuts
        if owners_match(token, cut)
    )


def lives(token: Made, issued: int, history: Sequence[Made], until: int) -> bool:
    """The gate's answer after `until` events, for the token that event `issued` made."""
    cuts = [(place, one) for place, one in enumerate(history) if not one.is_token]
    read = read_ids(found_for(token, [c for c in cuts if c[0] < issued]), token.epochs)
    vector = Vector(1, 7, 3, config=tuple(sorted(token.epochs)), cutoffs=read)
    standing = replace(
        STANDING,
        live_config=token.epochs,
        issued_at=NOW - timedelta(minutes=token.minutes),
        cutoffs=found_for(token, [c for c in cuts if c[0] < until]),
    )
    return standing_fault(vector, standing, NOW) is None


@law
@given(histories)
def test_the_gate_says_what_the_administrator_meant(history: list[Made]) -> None:
    for issued, token in enumerate(history):
        if token.is_token:
            later = [one for one in history[issued:] if not one.is_token]
            expected = not any(is_meant(token, cut) for cut in later)
            assert lives(token, issued, history, len(history)) is expected


@law
@given(histories)
def test_r16_no_order_of_events_revives(history: list[Made]) -> None:
    for issued, token in enumerate(history):
        if token.is_token:
            alive = [lives(token, issued, history, n) for n in range(issued, len(history) + 1)]
            assert alive == sorted(alive, reverse=True)


@law
@given(histories, st.randoms())
def test_p6_what_came_after_a_token_may_come_in_any_order(
    history: list[Made], shuffle: Random
) -> None:
    """The same revocations, in another order, end the same tokens."""
    tokens, cuts = [m for m in history if m.is_token], [m for m in history if not m.is_token]
    mixed = list(cuts)
    shuffle.shuffle(mixed)
    for issued, token in enumerate(tokens):
        straight = lives(token, issued, [*tokens, *cuts], len(history))
        assert straight is lives(token, issued, [*tokens, *mixed], len(history))
