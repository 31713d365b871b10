"""The one gate: R15-R17, P6 and rows 152-158. Dead is dead, whatever the order of events."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authzsite.domain.revocation import (
    Cause,
    Cutoff,
    Fault,
    Standing,
    Vector,
    all_faults,
    rebase,
    standing_fault,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
VECTOR = Vector(1, 7, 3, 5, config=(4, 6), paths=("direct", "group"), password=9)
STANDING = Standing(
    installation=1,
    server=7,
    client=3,
    user=5,
    user_status="ACTIVE",
    password=9,
    live_config=frozenset({2, 4, 6}),
    live_paths=frozenset({"group", "later"}),
    expires_at=NOW + timedelta(seconds=1),
)
SERVICE = Vector(1, 7, 3, config=(4,))
law = settings(max_examples=80, deadline=None)

CASES = [
    ("another installation epoch", {"installation": 2}, Cause.INSTALLATION),
    ("an earlier epoch is as wrong as a later one", {"server": 6}, Cause.SERVER),
    ("row 121: server inactive", {"is_server_active": False}, Cause.SERVER),
    ("server deleted", {"server": None}, Cause.SERVER),
    ("client changed", {"client": 4}, Cause.CLIENT),
    ("row 156: client inactive", {"is_client_active": False}, Cause.CLIENT),
    ("client deleted", {"client": None}, Cause.CLIENT),
    ("row 152: user changed", {"user": 6}, Cause.USER),
    ("user deleted", {"user": None, "user_status": None}, Cause.USER),
    ("user suspended", {"user_status": "SUSPENDED"}, Cause.USER),
    ("row 159: password changed", {"password": 10}, Cause.PASSWORD),
    ("row 154: last path lost", {"live_paths": frozenset({"later"})}, Cause.ASSIGNMENT),
    ("no path read", {"live_paths": None}, Cause.ASSIGNMENT),
    ("row 157: rule changed", {"live_config": frozenset({4, 8})}, Cause.CONFIG),
    ("explicitly revoked with others", {"cutoffs": (Cutoff(1),)}, Cause.CUTOFF),
    ("row 158: key revoked", {"key_is_live": False}, Cause.KEY),
    ("its own row", {"row_revoked_by": "admin"}, Cause.REVOKED),
    ("at its deadline", {"expires_at": NOW}, Cause.EXPIRED),
]


def test_it_is_alive_while_everything_stands() -> None:
    assert standing_fault(VECTOR, STANDING, NOW) is None


@pytest.mark.parametrize(("changes", "cause"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_r15_it_dies_of(changes: dict[str, object], cause: Cause) -> None:
    fault = standing_fault(VECTOR, replace(STANDING, **changes), NOW)  # type: ignore[arg-type]
    assert fault is not None
    assert fault.cause is cause


def test_every_cause_has_a_case() -> None:
    assert {case[2] for case in CASES} == set(Cause) - {Cause.MISSING}


def test_a_missing_row_is_dead() -> None:
    assert standing_fault(VECTOR, None, NOW) == Fault(Cause.MISSING)
    assert standing_fault(None, STANDING, NOW) == Fault(Cause.MISSING)


def test_row_159_a_password_counts_only_where_the_server_says_so() -> None:
    changed = replace(STANDING, password=10)
    assert standing_fault(replace(VECTOR, password=None), changed, NOW) is None


def test_the_doctor_hears_every_reason() -> None:
    sick = replace(STANDING, client=9, live_config=frozenset(), expires_at=NOW)
    reasons = [fault.reason for fault in all_faults(VECTOR, sick, NOW)]
    assert reasons == ["client:changed", "config:4,6", "expired"]


def test_adding_configuration_or_paths_kills_nothing() -> None:
    wider = replace(
        STANDING,
        live_config=STANDING.live_config | {99},
        live_paths=frozenset({"group", "direct", "later"}),
    )
    assert standing_fault(VECTOR, wider, NOW) is None


def test_d15_a_path_added_later_does_not_rescue() -> None:
    moved = replace(STANDING, live_paths=frozenset({"later"}))
    assert standing_fault(VECTOR, moved, NOW) == Fault(Cause.ASSIGNMENT)


@pytest.mark.parametrize("paths", [None, frozenset(), frozenset({"x"})])
@pytest.mark.parametrize("user", [None, 1, 5])
def test_a_token_without_a_user_ignores_user_and_paths(
    paths: frozenset[str] | None, user: int | None
) -> None:
    standing = replace(STANDING, user=user, user_status="SUSPENDED", live_paths=paths)
    assert standing_fault(SERVICE, standing, NOW) is None


def test_r17_the_exchange_is_not_stopped_by_the_policy_but_the_next_change_is() -> None:
    deleted = replace(STANDING, live_config=frozenset({2}))
    assert standing_fault(rebase(VECTOR, ()), deleted, NOW) is None
    exchanged = rebase(VECTOR, (2, None))
    assert exchanged == replace(VECTOR, config=(2,))
    assert standing_fault(exchanged, deleted, NOW) is None
    assert standing_fault(exchanged, replace(deleted, live_config=frozenset()), NOW) is not None


def test_r17_the_exchange_is_stopped_by_user_client_server_and_assignment() -> None:
    for changed in (
        replace(STANDING, user=6),
        replace(STANDING, client=9),
        replace(STANDING, server=9),
        replace(STANDING, live_paths=frozenset()),
    ):
        assert standing_fault(rebase(VECTOR, ()), changed, NOW) is not None


@dataclass
class World:
    """A toy configuration: counters that only grow, flags and sets that come and go."""

    standing: Standing = STANDING
    next_epoch: int = 100

    def do(self, event: str) -> None:
        name, _, what = event.partition(" ")
        actions: dict[str, Callable[[str], dict[str, object]]] = {
            "bump": self._bump,
            "deactivate": self._deactivate,
            "activate": self._activate,
            "unassign": self._unassign,
            "assign": self._assign,
            "edit": self._edit,
            "add": self._add,
            "revoke": lambda _: {"row_revoked_by": "admin"},
            "cut": self._cut,
        }
        self.standing = replace(self.standing, **actions[name](what))  # type: ignore[arg-type]

    def _bump(self, what: str) -> dict[str, object]:
        return {what: getattr(self.standing, what) + 1}

    def _deactivate(self, what: str) -> dict[str, object]:
        flag = {"user_status": "SUSPENDED"} if what == "user" else {f"is_{what}_active": False}
        return self._bump(what) | flag

    def _activate(self, what: str) -> dict[str, object]:
        return {"user_status": "ACTIVE"} if what == "user" else {f"is_{what}_active": True}

    def _unassign(self, path: str) -> dict[str, object]:
        return {"live_paths": (self.standing.live_paths or frozenset()) - {path}}

    def _assign(self, _: str) -> dict[str, object]:
        self.next_epoch += 1
        return {"live_paths": (self.standing.live_paths or frozenset()) | {f"p{self.next_epoch}"}}

    def _edit(self, epoch: str) -> dict[str, object]:
        self.next_epoch += 1
        return {"live_config": self.standing.live_config - {int(epoch)} | {self.next_epoch}}

    def _cut(self, epoch: str) -> dict[str, object]:
        self.next_epoch += 1
        epochs = frozenset({int(epoch)} if epoch else ())
        return {"cutoffs": (*self.standing.cutoffs, Cutoff(self.next_epoch, epochs))}

    def _add(self, _: str) -> dict[str, object]:
        self.next_epoch += 1
        return {"live_config": self.standing.live_config | {self.next_epoch}}


OWNERS = ["server", "client", "user"]
KILLS = [f"{verb} {what}" for verb in ("bump", "deactivate") for what in OWNERS]
KILLS += ["bump installation", "bump password", "edit 4", "edit 6", "unassign group", "revoke row"]
KILLS += ["cut", "cut 4"]
HARMLESS = ["edit 2", "cut 2", "add scope", "assign direct", "unassign later"]
RESTORES = [f"activate {what}" for what in OWNERS] + ["assign group", "add rule"]
events = st.lists(st.sampled_from(KILLS + HARMLESS + RESTORES), max_size=12)


def play(names: list[str]) -> list[bool]:
    """Alive after each event?"""
    world, alive = World(), []
    for name in names:
        world.do(name)
        alive.append(standing_fault(VECTOR, world.standing, NOW) is None)
    return alive


@law
@given(events)
def test_revocation_is_monotone(names: list[str]) -> None:
    alive = play(names)
    assert alive == sorted(alive, reverse=True)


@law
@given(events)
def test_p6_it_lives_iff_nothing_it_stands_on_moved(names: list[str]) -> None:
    for place, is_alive in enumerate(play(names)):
        assert is_alive is not any(name in KILLS for name in names[: place + 1])


@pytest.mark.parametrize("kill", KILLS)
def test_r16_restoring_never_revives(kill: str) -> None:
    assert not any(play([kill, *RESTORES, *HARMLESS]))


@pytest.mark.parametrize("kill", KILLS)
def test_p6_events_commute(kill: str) -> None:
    for order in permutations([kill, "activate user", "edit 2", "assign group"]):
        assert play(list(order))[-1] is False
