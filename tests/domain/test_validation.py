"""What administrators may store: names, URIs and lifetimes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain import limits, validation
from authzsite.domain.validation import Invalid, InvalidError, raise_if

Validator = Callable[[str], list[Invalid]]


@pytest.mark.parametrize(
    ("access", "refresh", "window", "fields"),
    [
        (60, 0, 10080, []),
        (5, 0, 10, []),
        (1440, 1440, 1440, []),
        (60, 60, 60, []),
        (1440, 2_628_000, 2_628_000, []),
        (4, 0, 10080, ["accessTokenLifetimeMinutes"]),
        (1441, 0, 10080, ["accessTokenLifetimeMinutes"]),
        (60, 59, 10080, ["refreshTokenLifetimeMinutes", "refreshTokenWindowMinutes"]),
        (60, -1, 10080, ["refreshTokenLifetimeMinutes"]),
        (5, 0, 9, ["refreshTokenWindowMinutes"]),
        (60, 0, 2_628_001, ["refreshTokenWindowMinutes"]),
        (60, 0, 59, ["refreshTokenWindowMinutes"]),
        (60, 100, 101, ["refreshTokenWindowMinutes"]),
        (True, 0, 10080, ["accessTokenLifetimeMinutes"]),  # row 277
    ],
)
def test_rule_lifetimes_fit_together_r8(
    access: int, refresh: int, window: int, fields: list[str]
) -> None:
    problems = validation.validate_rule_lifetimes(access, refresh, window)
    assert [p.field for p in problems] == fields


@given(*[st.integers(-5, 3_000_000)] * 3)
def test_accepted_lifetimes_obey_r8(access: int, refresh: int, window: int) -> None:
    is_legal = (
        5 <= access <= 1440
        and 10 <= window <= 2_628_000
        and access <= window
        and (refresh == 0 or refresh >= max(access, window))
    )
    assert (not validation.validate_rule_lifetimes(access, refresh, window)) == is_legal


@pytest.mark.parametrize(
    ("access", "refresh", "count"),
    [(60, 60, 0), (3600, 31_557_600, 0), (59, 60, 1), (3601, 59, 2), (60, 31_557_601, 1)],
)
def test_configuration_lifetimes_are_bounded_r19(access: int, refresh: int, count: int) -> None:
    assert len(validation.validate_config_lifetimes(access, refresh)) == count


@pytest.mark.parametrize(("leeway", "count"), [(0, 0), (60, 0), (-1, 1), (61, 1)])
def test_leeway_is_bounded_r13(leeway: int, count: int) -> None:
    assert len(validation.validate_leeway(leeway)) == count


@pytest.mark.parametrize(
    ("validate", "good", "bad"),
    [
        (
            validation.validate_server_id,
            ("default", "aus_1-X", "a" * 64),
            ("", "*", "**", ".", "..", "a/b", "a:b", "é", "a\n", "a" * 65),  # row 267
        ),
        (
            validation.validate_client_id,
            ("abcdef", "$-_.+!*'()", "a" * 100),
            ("abcde", "a" * 101, "abc def", "abcdeé", "abcdef\n", "abc/def"),
        ),
        (
            validation.validate_scope_name,
            ("orders:read", "a<", "x" * 255),
            ("", "a b", "okta.x", "okta", "*", "<a>", "openid", "groups", "device_sso", "x" * 256),
        ),
        (validation.validate_policy_name, ("a", "日本", "x" * 100), ("", " ", "x" * 101, "a\x00")),
        (validation.validate_rule_name, ("a b",), ("", "\u200e", "a\nb", "\ud800")),
        (validation.validate_claim_name, ("sub",), ("", "\t")),
        (validation.validate_client_label, ("My app",), ("", "x" * 101)),
        (validation.validate_login, ("a@b.c", "robot-7"), ("a@b", "a b@c.d", "x" * 101, " a@b.c")),
        (validation.validate_email, ("a@b.c",), ("abcde", "@bcde", "abcd@", "a@b@c.d", "a @b.c")),
        (validation.validate_description, ("", "two\nlines"), ("x" * 256, "a\x00", "\ud800")),
    ],
)
def test_names_are_checked_r2_r5_row_14(
    validate: Validator, good: tuple[str, ...], bad: tuple[str, ...]
) -> None:
    assert [text for text in good if validate(text)] == []
    assert [text for text in bad if not validate(text)] == []


def test_reserved_scopes_are_for_the_seed_only_r2() -> None:
    assert validation.validate_scope_name("openid", is_system=True) == []


def test_person_names_have_1_to_50_characters() -> None:
    assert validation.validate_person_name("Ada", field="firstName") == []
    assert validation.validate_person_name("x" * 51, field="firstName")[0].limit == (1, 50)


def test_allowed_scopes_are_patterns_or_plain_names_r20() -> None:
    good = ["openid", "*:**", ".:config/**", "-:config/tokenPolicies/1"]
    assert validation.validate_allowed_scopes(good) == []
    bad = ["+:config", "conf*", "*.**", "", "*:a/", "a b", "x" * 65536]
    assert len(validation.validate_allowed_scopes(bad)) == len(bad)
    assert validation.validate_allowed_scopes(["openid"] * 201)[0].limit == limits.MAX_PATTERNS


def test_priorities_start_at_one() -> None:
    assert validation.validate_priority(1) == []
    assert validation.validate_priority(0)


def test_the_error_names_field_and_limit_of_every_problem() -> None:
    problems = validation.validate_rule_lifetimes(1, 0, 1)
    with pytest.raises(
        InvalidError, match="accessTokenLifetimeMinutes: must be between 5 and 1440"
    ):
        raise_if(problems)
    assert problems[0] == Invalid(
        "accessTokenLifetimeMinutes", "must be between 5 and 1440", limits.ACCESS_TOKEN_MINUTES
    )


def test_no_problem_raises_nothing() -> None:
    raise_if([])


@given(st.text())
def test_no_text_breaks_a_validator(text: str) -> None:
    for validate in (
        *(validation.validate_audience, validation.validate_origin, validation.validate_scope_name),
        *(validation.validate_login, validation.validate_email, validation.validate_server_id),
    ):
        validate(text)
    validation.validate_redirect_uri(f"https://{text}", is_native=True)
    validation.validate_redirect_uri(f"https://xn--{text}/", is_native=True)
