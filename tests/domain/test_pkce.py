"""RFC 7636 with S256 only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain import pkce

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 Appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIERS = st.from_regex(r"[A-Za-z0-9._~-]{43,128}", fullmatch=True)


def test_the_example_of_rfc_7636_appendix_b_verifies() -> None:
    assert pkce.challenge_of(VERIFIER) == CHALLENGE
    assert pkce.verifier_error(CHALLENGE, VERIFIER) is None


@pytest.mark.parametrize(
    ("challenge", "method", "required", "reason"),
    [
        (CHALLENGE, "S256", True, None),
        (CHALLENGE, "S256", False, None),
        (None, None, False, None),
        (None, None, True, pkce.MISSING_CHALLENGE),  # row 122
        ("", "", True, pkce.MISSING_CHALLENGE),  # row 11: empty is absent
        (None, "S256", False, pkce.MISSING_CHALLENGE),
        (CHALLENGE, "plain", True, pkce.UNSUPPORTED_METHOD),  # row 123
        (CHALLENGE, None, True, pkce.UNSUPPORTED_METHOD),
        (CHALLENGE, "s256", True, pkce.UNSUPPORTED_METHOD),
        (CHALLENGE, "S512", True, pkce.UNSUPPORTED_METHOD),
        (CHALLENGE[:42], "S256", True, pkce.INVALID_CHALLENGE),  # row 124
        (CHALLENGE + "A", "S256", True, pkce.INVALID_CHALLENGE),
        (CHALLENGE + "\n", "S256", True, pkce.INVALID_CHALLENGE),
        *((CHALLENGE[:42] + c, "S256", True, pkce.INVALID_CHALLENGE) for c in "=+/é"),
    ],
)
def test_challenges_are_checked_rows_122_124(
    challenge: str | None, method: str | None, required: bool, reason: str | None
) -> None:
    assert pkce.challenge_error(challenge, method, required) == reason


@pytest.mark.parametrize(
    ("challenge", "verifier", "reason"),
    [
        (None, None, None),
        (CHALLENGE, None, pkce.MISSING_VERIFIER),  # row 125
        (CHALLENGE, "", pkce.MISSING_VERIFIER),
        *((CHALLENGE, "a" * n, pkce.VERIFICATION_FAILED) for n in (42, 43, 128, 129)),  # row 126
        (CHALLENGE, VERIFIER[:42] + "é", pkce.VERIFICATION_FAILED),
        (CHALLENGE, VERIFIER + "\n", pkce.VERIFICATION_FAILED),
        (None, VERIFIER, pkce.UNEXPECTED_VERIFIER),  # row 127
        (CHALLENGE, CHALLENGE, pkce.VERIFICATION_FAILED),  # row 128
        ("é" * 43, VERIFIER, pkce.VERIFICATION_FAILED),
    ],
)
def test_verifiers_are_checked_rows_125_128(
    challenge: str | None, verifier: str | None, reason: str | None
) -> None:
    assert pkce.verifier_error(challenge, verifier) == reason


@given(VERIFIERS, VERIFIERS)
def test_a_challenge_accepts_exactly_its_own_verifier(one: str, other: str) -> None:
    challenge = pkce.challenge_of(one)
    assert pkce.challenge_error(challenge, "S256", True) is None
    assert (pkce.verifier_error(challenge, other) is None) == (one == other)
