"""Claims of a client's assertion: rows 54, 55, 58-62, 66 and Okta's internal codes."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authzsite.domain.assertions import check_assertion_claims
from authzsite.domain.limits import MAX_CLIENT_ASSERTION_SECONDS

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
T = int(NOW.timestamp())
ISSUER = "https://idp/oauth2/default"
ENDPOINT = ISSUER + "/v1/token"
GOOD: dict[str, object] = {
    "iss": "c",
    "sub": "c",
    "aud": ISSUER,
    "exp": T + 300,
    "iat": T,
    "jti": "j",
}


def judge(claims: dict[str, object], header: dict[str, object] | None = None) -> str | None:
    return check_assertion_claims(
        claims,
        header or {"alg": "RS256"},
        client_id="c",
        audiences=frozenset({ISSUER, ENDPOINT}),
        now=NOW,
    )


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"aud": ENDPOINT},
        {"aud": [ISSUER]},
        {"exp": T + 1},
        {"exp": T + MAX_CLIENT_ASSERTION_SECONDS},
        {"iat": T + 8},
        {"nbf": T + 8},
        {"nbf": T + 60},
        {"iat": 0},
        {"extra": {"deep": [1]}},
    ],
)
def test_it_accepts(change: dict[str, object]) -> None:
    assert judge(GOOD | change) is None


def test_iat_and_nbf_are_optional() -> None:
    assert judge({name: value for name, value in GOOD.items() if name != "iat"}) is None


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "exp", "jti"])
def test_row_60_a_missing_claim(missing: str) -> None:
    assert judge({name: value for name, value in GOOD.items() if name != missing}) is not None


JWT = "invalid_jwt"
REFUSED: list[tuple[dict[str, object], str]] = [
    ({"iss": "d"}, "invalid_issuer"),
    ({"iss": ["c"]}, "invalid_issuer"),
    ({"sub": "d"}, "invalid_subject"),
    ({"sub": "C"}, "invalid_subject"),
    ({"aud": ISSUER + "/"}, "invalid_audience"),  # row 58
    ({"aud": "https://idp"}, "invalid_audience"),
    ({"aud": ISSUER.upper()}, "invalid_audience"),
    ({"aud": ISSUER + "/v1/par"}, "invalid_audience"),
    ({"aud": [ISSUER, "https://evil"]}, "invalid_audience"),  # row 59
    ({"aud": [ISSUER, ENDPOINT]}, "invalid_audience"),
    ({"aud": []}, "invalid_audience"),
    ({"aud": [[ISSUER]]}, "invalid_audience"),
    ({"aud": {ISSUER: 1}}, "invalid_audience"),
    ({"aud": ""}, "invalid_audience"),
    ({"exp": None}, "expiration_required"),
    ({"exp": T}, "expired_token"),
    ({"exp": T - 300}, "expired_token"),  # row 61
    ({"exp": 0}, "expired_token"),
    ({"exp": T + MAX_CLIENT_ASSERTION_SECONDS + 1}, "expires_too_far_in_future"),
    ({"exp": 10**400}, "expires_too_far_in_future"),
    ({"exp": str(T + 300)}, JWT),  # row 62
    ({"exp": T + 300.0}, JWT),
    ({"exp": float("nan")}, JWT),
    ({"exp": json.loads("1e400")}, JWT),
    ({"exp": -1}, JWT),
    ({"exp": True}, JWT),
    ({"exp": [T + 300]}, JWT),
    ({"iat": T + 61}, "issued_at_in_future"),
    ({"nbf": T + 61}, "issued_at_in_future"),
    ({"nbf": 10**400}, "issued_at_in_future"),
    ({"iat": "now"}, JWT),
    ({"iat": None}, JWT),
    ({"nbf": float("inf")}, JWT),
    ({"iat": -1}, JWT),
    ({"jti": ""}, JWT),
    ({"jti": 5}, JWT),
    ({"jti": "j" * 100_000}, JWT),  # row 66
]


@pytest.mark.parametrize(("change", "reason"), REFUSED)
def test_it_refuses(change: dict[str, object], reason: str) -> None:
    assert judge(GOOD | change) == f"client_assertion_{reason}"


@pytest.mark.parametrize("typ", ["JWT", "jwt", "client-authentication+jwt", "application/jwt"])
def test_types_of_an_assertion(typ: str) -> None:
    assert judge(GOOD, {"typ": typ}) is None


@pytest.mark.parametrize(
    "header",
    [
        {"crit": []},  # row 54
        {"crit": ["exp"]},
        {"crit": "b64"},
        {"b64": False},  # row 55
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
        {"typ": 1},
    ],
)
def test_row_54_a_header_that_asks_for_more(header: dict[str, object]) -> None:
    assert judge(GOOD, header) == "client_assertion_invalid_jwt"


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(), max_size=2)
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*GOOD, "nbf"]), values))
def test_judging_is_total_and_good_is_rare(claims: dict[str, object]) -> None:
    assert judge(claims) is not None
