"""R20-R22: path-pattern scopes, case by case (rows 262-271)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain.api_scopes import permits
from authzsite.domain.pattern_grants import NOT_COVERED, UNKNOWN_SCOPE, Dropped, grant
from authzsite.domain.pattern_scopes import (
    BadPath,
    PatternScope,
    parse_pattern,
    read_stored,
    request_segments,
    smallest_scope_for,
    syntax_problem,
)


@pytest.mark.parametrize(
    ("scope", "method", "path", "is_permitted"),
    [
        *((".:config/**", m, "config/clients", True) for m in ("GET", "HEAD", "OPTIONS")),  # 262
        *((".:config/**", m, "config/clients", False) for m in ("POST", "PUT", "DELETE", "get")),
        ("*:config/**", "DELETE", "config", True),
        ("*:config/**", "GET", "configuration", False),
        ("*:config/clients", "GET", "config/clients/1", False),  # row 264
        ("*:config/clients/*", "GET", "config/clients", False),
        ("*:config/clients/*", "GET", "config/clients/1/secret", False),
        ("*:config/clients", "GET", "Config/Clients", False),  # row 266
        ("*:config/clients", "GET", "config/clients.json", False),
        ("*:config/clients/*", "GET", "config/clients/**", True),  # row 267: literally a segment
        ("*:config/clients/a", "GET", "config/clients/*", False),
        (".:**", "GET", "config/clients/1/secret", False),  # row 271, R22
        (".:config/clients/*/secret", "GET", "config/clients/1/secret", False),
        (".:**", "GET", "api/v1/apps/1/credentials/secrets/2", False),
        (".:**", "GET", "config/clients/secret-santa", True),
        ("*:**", "GET", "config/clients/1/secret", True),
        ("openid", "GET", "openid", False),
        ("XXXXX", "GET", "XXXXX", False),
        ("*.**", "GET", "a", False),
        ("*:conf*", "GET", "config", False),
        ("+:config", "GET", "config", False),
    ],
)
def test_paths_and_methods_are_matched_rows_262_271(
    scope: str, method: str, path: str, is_permitted: bool
) -> None:
    assert permits([scope], method, path.split("/")) is is_permitted


@pytest.mark.parametrize(
    ("denial", "path", "is_permitted"),
    [
        ("-:config/tokenPolicies/1", "config/tokenPolicies/1", False),
        ("-:config/tokenPolicies/1", "config/tokenPolicies/1/anything/below", False),
        ("-:config/tokenPolicies/1", "config/tokenPolicies", True),
        ("-:config/tokenPolicies/1", "config/tokenPolicies/11", True),
        ("-:config/*", "config", True),
        ("+:config/x", "config/x", False),  # an imported unknown sign subtracts
        ("-:conf*", "anything", False),  # an unreadable denial denies everything
        ("urn:config/x", "config/x", True),
    ],
)
def test_denials_reach_what_they_match_and_everything_below_r20(
    denial: str, path: str, is_permitted: bool
) -> None:
    assert permits(["*:**", denial], "PUT", path.split("/")) is is_permitted


@pytest.mark.parametrize(
    "text", ["*:**", ".:*", "-:a/*/b/**", "*:config/tokenPolicies", ".:a.b/c@d"]
)
def test_legal_patterns_may_be_written(text: str) -> None:
    assert syntax_problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("", ":", "*:", "*", "**", "*.**", "**.**", "+:config", "x:config", "a:b", " *:a", "**:a"),
        *("*:/a", "*:a/", "*:a//b", "*:conf*", "*:**foo", "*:a/**/b", "*:***", "*:./a", "*:a/.."),
        *(
            "*:a b",
            "*:a\\b",
            "*:a%2Fb",
            "*:a?b",
            "*:a#b",
            "*:a;b",
            "*:a:b",
            "*:\u0441onfig",
            "*:a\n",
        ),
        *("*:" + "**/" * 50, "*:" + "a/" * 50 + "a", "*:" + "a" * 65536),
    ],
)
def test_anything_else_is_refused_when_written_row_268(text: str) -> None:
    assert syntax_problem(text)
    assert parse_pattern(text) is None


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("", ()),
        ("config/clients", ("config", "clients")),
        ("config/%63lients", ("config", "clients")),
        ("users/me%40example.com", ("users", "me@example.com")),
        ("a/%E2%88%95b", ("a", "\u2215b")),  # U+2215 is no slash; it matches no literal
        ("a/\uff0fb", ("a", "\uff0fb")),
    ],
)
def test_request_paths_are_decoded_once_r20(path: str, segments: tuple[str, ...]) -> None:
    assert request_segments(path) == segments


@pytest.mark.parametrize(
    "path",
    [
        *("/a", "a/", "a//b", "./a", "a/..", "a/../b", "%2e%2e/a", "a/%2E", "..%2fa", "a%2fb"),
        *(
            "config%2Fclients",
            "a%5Cb",
            "a\\b",
            "a%252Fb",
            "a%00",
            "a\x00",
            "a%0Ab",
            "a%7f",
            "a\x85",
        ),
        *(
            "a;x=1",
            "a%3Bx",
            "a%3Fb",
            "a%23b",
            "a?b",
            "%",
            "%Z",
            "%ZZ",
            "%FF",
            "%C0%80",
            "%ED%A0%80",
        ),
        *("\ud800", "a/" * 200 + "a", "a" * 5000),
    ],
)
def test_ambiguous_paths_are_refused_before_matching_row_265(path: str) -> None:
    assert isinstance(request_segments(path), BadPath)


@given(st.text())
def test_no_request_path_or_stored_scope_raises(text: str) -> None:
    request_segments(text)
    read_stored(text)
    permits([text], text, [text])


def test_a_grant_names_what_it_dropped_and_attaches_denials_r21() -> None:
    got = grant(
        ["openid", "XXXXX", "*:config/**", ".:config/clients", "*:config/clients", "openid"],
        ["openid", ".:config/**", "*:config/*", "-:config/loginPolicies", "+:x"],
    )
    assert got.granted == ("openid", ".:config/clients", "*:config/clients")
    assert got.dropped == (Dropped("XXXXX", UNKNOWN_SCOPE), Dropped("*:config/**", NOT_COVERED))
    assert got.denies == ("-:config/loginPolicies", "+:x")
    assert got.scopes == (*got.granted, *got.denies)


def test_nothing_granted_is_a_token_without_scope_r3() -> None:
    got = grant(["XXXXX"], ["*:config/**", "-:config/clients"])
    assert (got.granted, got.scopes) == ((), ())


def test_two_allowed_scopes_never_add_up_to_one_requested_r21() -> None:
    assert grant(["*:**"], [".:**", "*:*"]).granted == ()


def test_a_requested_denial_is_kept_because_it_only_takes_away() -> None:
    assert grant(["*:a/**", "-:a/b"], ["*:**"]).scopes == ("*:a/**", "-:a/b")


def test_the_smallest_scope_tells_what_to_ask_for_r22() -> None:
    path = ("config", "clients", "1", "secret")
    assert smallest_scope_for("GET", path[:2]) == ".:config/clients"
    assert smallest_scope_for("GET", path) == "*:config/clients/1/secret"
    assert smallest_scope_for("POST", ("a", "b c")) == "*:a/*"


class Counted(str):
    """A segment that counts its comparisons."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_matching_is_linear_row_268() -> None:
    scopes = ["*:" + "*/" * 49 + "a", "-:" + "*/" * 48 + "b/**"]
    scopes += [f".:x{n}/**" for n in range(198)]
    Counted.compared = 0
    permits(scopes, "GET", [Counted("a")] * 200)
    assert Counted.compared <= len(scopes) + 200


def test_patterns_are_parsed_into_action_and_segments() -> None:
    assert parse_pattern(".:config/*") == PatternScope(".", ("config", "*"))
