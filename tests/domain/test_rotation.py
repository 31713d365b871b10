"""What a presented refresh token is: R13, R14 and rows 132-153 as one table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from authzsite.domain.limits import MAX_REFRESH_RETRIES
from authzsite.domain.rotation import (
    Presented,
    RefreshCase,
    RefreshOutcome,
    RefreshState,
    Rotation,
    classify_refresh,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


STATE = RefreshState(
    client_id="A",
    current_digest="current",
    previous_digest="previous",
    rotated_at=at(-5),
    leeway_seconds=30,
    idle_expires_at=at(600),
    absolute_expires_at=at(6000),
)
CURRENT = Presented("current", "A", is_genuine_older=True)
PREVIOUS = Presented("previous", "A", is_genuine_older=True)
OLDER = Presented("older", "A", is_genuine_older=True)
GARBAGE = Presented("garbage", "A")
ENDED = {"revoked_at": at(-1), "revoked_by": "admin"}
LONG_AGO = {"rotated_at": at(-30)}

CASES = [
    ("row 132: the current one", {}, CURRENT, RefreshCase.FRESH),
    ("row 135: the immediate predecessor inside the leeway", {}, PREVIOUS, RefreshCase.RETRY),
    ("row 133: the predecessor after the leeway", LONG_AGO, PREVIOUS, RefreshCase.REUSED),
    ("row 133: leeway 0", {"leeway_seconds": 0}, PREVIOUS, RefreshCase.REUSED),
    (
        "row 138: leeway 0 and a clock that went back",
        {"leeway_seconds": 0, "rotated_at": at(9)},
        PREVIOUS,
        RefreshCase.REUSED,
    ),
    ("row 134: two rotations old inside the leeway", {}, OLDER, RefreshCase.REUSED),
    ("row 136: predecessor of a used successor", {}, OLDER, RefreshCase.REUSED),
    ("never rotated, but genuine", {"rotated_at": None}, PREVIOUS, RefreshCase.REUSED),
    ("the last retry", {"retries": MAX_REFRESH_RETRIES - 1}, PREVIOUS, RefreshCase.RETRY),
    ("one retry too many", {"retries": MAX_REFRESH_RETRIES}, PREVIOUS, RefreshCase.REUSED),
    ("row 137: revoked has no leeway", ENDED, PREVIOUS, RefreshCase.REVOKED),
    ("revoked, current one", ENDED, CURRENT, RefreshCase.REVOKED),
    ("revoked, older one", ENDED, OLDER, RefreshCase.REVOKED),
    ("row 143: wrong client, current", {"client_id": "B"}, CURRENT, RefreshCase.WRONG_CLIENT),
    ("row 143: wrong client before reuse", {"client_id": "B"}, OLDER, RefreshCase.WRONG_CLIENT),
    ("wrong client before revoked", ENDED | {"client_id": "B"}, OLDER, RefreshCase.WRONG_CLIENT),
    ("a wrong tag is garbage", {}, GARBAGE, RefreshCase.UNKNOWN),
    ("unknown before wrong client", {"client_id": "B"}, GARBAGE, RefreshCase.UNKNOWN),
    ("row 148: idle", {"idle_expires_at": NOW}, CURRENT, RefreshCase.IDLE),
    ("row 149: absolute", {"absolute_expires_at": NOW}, CURRENT, RefreshCase.EXPIRED),
    ("idle beats the leeway", {"idle_expires_at": NOW}, PREVIOUS, RefreshCase.IDLE),
    ("no absolute end", {"absolute_expires_at": None}, CURRENT, RefreshCase.FRESH),
    ("static", {"rotation": Rotation.STATIC, "previous_digest": None}, CURRENT, RefreshCase.FRESH),
    (
        "row 41: nothing stored matches nothing",
        {"current_digest": "", "previous_digest": None},
        Presented("", "A"),
        RefreshCase.UNKNOWN,
    ),
]


@pytest.mark.parametrize(
    ("changes", "presented", "case"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_r13_the_case_of(
    changes: dict[str, object], presented: Presented, case: RefreshCase
) -> None:
    outcome = classify_refresh(replace(STATE, **changes), presented, NOW)  # type: ignore[arg-type]
    assert outcome.case is case
    assert outcome.kills is (case is RefreshCase.REUSED)
    assert outcome.is_usable is (case in (RefreshCase.FRESH, RefreshCase.RETRY))


def test_no_grant_is_unknown() -> None:
    assert classify_refresh(None, CURRENT, NOW).case is RefreshCase.UNKNOWN


@pytest.mark.parametrize(
    ("milliseconds", "case"),
    [(-1, RefreshCase.RETRY), (0, RefreshCase.REUSED), (1, RefreshCase.REUSED)],
)
def test_row_150_the_leeway_is_half_open(milliseconds: int, case: RefreshCase) -> None:
    now = at(-5 + 30 + milliseconds / 1000)
    assert classify_refresh(STATE, PREVIOUS, now).case is case


@pytest.mark.parametrize("field", ["idle_expires_at", "absolute_expires_at"])
@pytest.mark.parametrize(("milliseconds", "usable"), [(-1, True), (0, False), (1, False)])
def test_row_150_the_deadlines_are_half_open(field: str, milliseconds: int, usable: bool) -> None:
    state = replace(STATE, **{field: NOW})  # type: ignore[arg-type]
    assert classify_refresh(state, CURRENT, at(milliseconds / 1000)).is_usable is usable


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (RefreshOutcome(RefreshCase.EXPIRED), "expired"),
        (RefreshOutcome(RefreshCase.IDLE), "idle"),
        (RefreshOutcome(RefreshCase.REVOKED, "admin"), "revoked:admin"),
        (RefreshOutcome(RefreshCase.REUSED), "replayed"),
        (RefreshOutcome(RefreshCase.WRONG_CLIENT), "mismatched_client"),
        (RefreshOutcome(RefreshCase.UNKNOWN), "invalid_refresh_token"),
    ],
)
def test_r14_the_log_says_which(outcome: RefreshOutcome, reason: str) -> None:
    assert outcome.reason == reason


def test_a_revocation_without_an_author_is_still_one() -> None:
    state = replace(STATE, revoked_at=at(-1), revoked_by=None)
    assert classify_refresh(state, CURRENT, NOW).reason == "revoked:unknown"
