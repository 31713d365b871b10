"""What a presented authorization code is: rows 112-129."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from authzsite.domain.pkce import challenge_of
from authzsite.domain.rotation import CodeCase, CodeState, PresentedCode, classify_code

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
VERIFIER = "v" * 43
STATE = CodeState(
    client_id="A",
    redirect_uri="https://app/cb",
    expires_at=NOW + timedelta(seconds=60),
    code_challenge=challenge_of(VERIFIER),
)
ASKED = PresentedCode("A", "https://app/cb", VERIFIER)
USED = {"consumed_at": NOW - timedelta(days=1)}
OVER = {"expires_at": NOW}
ENDED = {"revoked_at": NOW, "revoked_by": "user"}

CASES = [
    ("the owner's", {}, {}, CodeCase.REDEEMABLE),
    ("row 112: again", USED, {}, CodeCase.REPLAYED),
    ("row 113: a day later", USED | OVER, {}, CodeCase.REPLAYED),
    ("again with a wrong verifier", USED, {"code_verifier": "x"}, CodeCase.REPLAYED),
    ("row 114: another client", {}, {"client_id": "B"}, CodeCase.WRONG_CLIENT),
    ("row 114: another client, after use", USED, {"client_id": "B"}, CodeCase.WRONG_CLIENT),
    ("row 116: too late", OVER, {}, CodeCase.EXPIRED),
    ("row 119: revoked", ENDED, {}, CodeCase.REVOKED),
    ("another redirect URI", {}, {"redirect_uri": "https://app/cb2"}, CodeCase.REDIRECT_MISMATCH),
    ("no redirect URI", {}, {"redirect_uri": None}, CodeCase.REDIRECT_MISMATCH),
    ("none was used", {"redirect_uri": ""}, {"redirect_uri": None}, CodeCase.REDEEMABLE),
    ("row 125: no verifier", {}, {"code_verifier": None}, CodeCase.PKCE_FAILED),
    ("row 125: empty verifier", {}, {"code_verifier": ""}, CodeCase.PKCE_FAILED),
    ("row 126: 42 characters", {}, {"code_verifier": "v" * 42}, CodeCase.PKCE_FAILED),
    ("row 126: not ASCII", {}, {"code_verifier": "é" * 43}, CodeCase.PKCE_FAILED),
    ("row 127: verifier, no challenge", {"code_challenge": None}, {}, CodeCase.PKCE_FAILED),
    ("row 128: the challenge", {}, {"code_verifier": STATE.code_challenge}, CodeCase.PKCE_FAILED),
    ("row 129: a wrong one", {}, {"code_verifier": "w" * 43}, CodeCase.PKCE_FAILED),
]
BURNING = {CodeCase.REDIRECT_MISMATCH, CodeCase.PKCE_FAILED}


@pytest.mark.parametrize(
    ("state", "asked", "case"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_case_of(state: dict[str, object], asked: dict[str, object], case: CodeCase) -> None:
    outcome = classify_code(
        replace(STATE, **state),  # type: ignore[arg-type]
        replace(ASKED, **asked),  # type: ignore[arg-type]
        NOW,
    )
    assert outcome.case is case
    assert outcome.burns is (case in BURNING)
    assert outcome.kills is (case is CodeCase.REPLAYED)
    assert outcome.is_usable is (case is CodeCase.REDEEMABLE)


def test_no_grant_is_unknown() -> None:
    assert classify_code(None, ASKED, NOW).reason == "invalid_authorization_code"


@pytest.mark.parametrize(
    ("seconds", "usable"), [(59, True), (59.999, True), (60, False), (61, False)]
)
def test_row_116_a_code_of_60_seconds(seconds: float, usable: bool) -> None:
    assert classify_code(STATE, ASKED, NOW + timedelta(seconds=seconds)).is_usable is usable


def test_the_log_names_the_failed_check() -> None:
    missing = classify_code(STATE, replace(ASKED, code_verifier=None), NOW)
    assert missing.reason == "pkce_missing_verifier"
    assert classify_code(replace(STATE, **ENDED), ASKED, NOW).reason == "revoked:user"  # type: ignore[arg-type]
