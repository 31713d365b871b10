"""What administrators may store: names, URIs and lifetimes."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain import limits, validation
from authzsite.domain.validation import Invalid, InvalidError, raise_if

Validator = Callable[[str], list[Invalid]]

RTL = "\u0430pp"  # a Cyrillic letter among Latin ones


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


NATIVE = "com.example.app:/cb"


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "https://app.com/cb",
            "https://app.com",
            "https://app.com:8443/cb?x=1&y=%2F",
            "https://a-b.c/",
        ),
        *(
            "http://127.0.0.1/cb",
            "http://127.0.0.1:3000/cb",
            "http://[::1]/cb",
            "http://localhost:3000/",
        ),
        *("https://xn--mnchen-3ya.de/cb", "https://[2001:db8::1]/cb", "https://10.0.0.1/cb"),
    ],
)
@pytest.mark.parametrize("is_native", [True, False])
def test_https_and_loopback_redirect_uris_are_registered(uri: str, is_native: bool) -> None:
    assert validation.validate_redirect_uri(uri, is_native=is_native) == []


REFUSED = [
    *(
        "",
        "/cb",
        "app.com/cb",
        "https:",
        "https:/cb",
        "https:app.com/cb",
        "https://",
        "https:///cb",
    ),
    *("https://app.com/cb#", "https://app.com/cb#f"),
    *(
        "*",
        "https://*.app.com/*",
        "https://app.com.*",
        "https://app.com/*",
        "https://app.com/?*",
    ),  # 82
    *("^https://app.com/$", "https://app\\.com/", "https://app.com/(a|b)", "https://[a-z]+.com/"),
    *("https://u@app.com/", "https://u:p@app.com/", "https://@app.com/", "https://a@b@c.com/"),
    *(
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        " javascript:alert(1)",
    ),
    *(
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.com/1",
        "about:blank",
    ),
    *("intent://x#Intent;end", "view-source:https://a.com/"),
    *("myapp:/cb", "com.example.app://cb", "com.example.app:cb", "com.Example.app:/cb"),  # row 84
    *("com.example.app:/cb#f", "com.example.app:/*", "com.example.app:/../cb"),
    *(
        "http://app.com/cb",
        "http://127.0.0.2/",
        "http://127.0.0.1.evil.com/",
        "http://localhost.evil/",
    ),
    *(
        "https://\u043fример.рф/",
        f"https://{RTL}.com/",
        "https://app.com/\u00e9",
        "https://app\u3002com/",
    ),
    *("https://xn--pp-6kc.com/", "https://xn--\u0430/", "https://xn--99999999999/"),  # row 79
    *("http://[:::::::]:::", "https://[fe80::1%25eth0]/", "https://[::1", "https://::1/"),  # row 86
    *("https://app.com:٣/", "https://app.com:0/", "https://app.com:99999/", "https://app.com:/"),
    *("https://app.com:443/", "http://localhost:80/", "https://app.com:0443/"),
    *(
        "HTTPS://app.com/",
        "https://APP.com/",
        "https://app.com./",
        "https://app..com/",
        "https://-a.com/",
    ),
    *(
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://127.0.0.01/",
        "https://a.1/",
    ),
    *(
        "https://app.com/a/../b",
        "https://app.com/./b",
        "https://app.com/%2e%2e/b",
        "https://app.com/..;/",
    ),
    *(
        "https://app.com/..%2fx",
        "https://app.com/%5c..",
        "https://app.com/%7Eme",
        "https://app.com/%00",
    ),
    *("https://app.com/%zz", "https://app.com/%", "https://app.com/a b", "https://app.com/\n"),
    *("https://app.com\\@evil.com/", "https://app.com/<script>", 'https://app.com/"', "\ud800"),
    "https://app.com/" + "a" * limits.MAX_URI_LENGTH,
    "https://" + "a." * 200 + "com/",
]


@pytest.mark.parametrize("uri", REFUSED)
@pytest.mark.parametrize("is_native", [True, False])
def test_other_redirect_uris_are_refused_rows_79_82_86(uri: str, is_native: bool) -> None:
    assert validation.validate_redirect_uri(uri, is_native=is_native)


def test_custom_schemes_are_for_native_clients_only_row_84() -> None:
    assert validation.validate_redirect_uri(NATIVE, is_native=True) == []
    assert validation.validate_redirect_uri(NATIVE, is_native=False)


def test_a_huge_uri_is_refused_at_once_row_86() -> None:
    start = time.perf_counter()
    for uri in ("https://a" * 20_000, "http://[" + ":" * 100_000, "a.b:/" + "%41" * 30_000):
        assert validation.validate_redirect_uri(uri, is_native=True)
    assert time.perf_counter() - start < 0.1


def test_a_list_of_redirect_uris_is_bounded() -> None:
    uris = [f"https://app.com/{n}" for n in range(limits.MAX_REDIRECT_URIS + 1)]
    assert validation.validate_redirect_uris(uris[1:], is_native=False) == []
    assert validation.validate_redirect_uris(uris, is_native=False)[0].limit == 100


@pytest.mark.parametrize(
    ("uri", "is_valid"),
    [
        *((u, True) for u in ("https://a.com/logo.png", "http://a.com/", "https://a.com/#/terms")),
        *((u, False) for u in ("javascript:alert(1)", "data:image/png;base64,x", "//a.com/", "")),
        *((u, False) for u in ("https://u@a.com/", "ftp://a.com/", "\tjavascript:x", "/logo.png")),
    ],
)
def test_links_for_people_are_http_or_https_row_83(uri: str, is_valid: bool) -> None:
    assert (not validation.validate_web_uri(uri, field="logo_uri")) is is_valid


@pytest.mark.parametrize(
    ("uri", "is_valid"),
    [("https://a.com/x", True), ("http://localhost/", True), ("http://a.com/", False)],
)
def test_uris_with_consequences_need_https(uri: str, is_valid: bool) -> None:
    assert (not validation.validate_https_uri(uri, field="jwks_uri")) is is_valid


@pytest.mark.parametrize(
    ("origin", "is_valid"),
    [
        *((o, True) for o in ("https://a.com", "http://localhost:3000", "https://[::1]")),
        *(
            (o, False)
            for o in ("https://a.com/", "https://a.com:443", "https://A.com", "*", "null")
        ),
        *(
            (o, False)
            for o in ("https://*.a.com", "https://u@a.com", "a.com", "", "https://a.com?x")
        ),
    ],
)
def test_origins_are_spelled_as_browsers_send_them(origin: str, is_valid: bool) -> None:
    assert (not validation.validate_origin(origin)) is is_valid


@pytest.mark.parametrize(
    ("audience", "is_valid"),
    [
        *((a, True) for a in ("api://default", "https://api.example.com/v1?x", "urn:example:api")),
        *((a, False) for a in ("", "api", "https://a.com/#", "a b:c", "x:", "api://é", "1x:y")),
        ("https://" + "a" * 1024, False),
    ],
)
def test_an_audience_is_an_absolute_uri_without_fragment_r1(audience: str, is_valid: bool) -> None:
    assert (not validation.validate_audience(audience)) is is_valid


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
