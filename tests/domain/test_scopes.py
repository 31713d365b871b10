"""RFC 6749 §3.3: the scope grammar."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain import limits
from authzsite.domain.scopes import (
    ScopeSyntaxError,
    format_scope,
    is_scope_token,
    is_valid_scope_name,
    parse_scope,
)

NAMES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=8)
TOKENS = NAMES.filter(is_scope_token)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("a", ("a",)),
        ("b a", ("b", "a")),
        ("a b a", ("a", "b")),  # row 91: duplicates collapse
        ("a A", ("a", "A")),  # row 91: case matters
        ("orders:read urn:x", ("orders:read", "urn:x")),
    ],
)
def test_scope_parameter_is_read_in_order(text: str, names: tuple[str, ...]) -> None:
    assert parse_scope(text) == names


@pytest.mark.parametrize(
    "text",
    [
        *(
            " ",
            " a",
            "a ",
            "a  b",
            "a\tb",
            "a\nb",
            "a\x00",
            'a"',
            "a\\b",
            "é",
            "a\u00a0b",
            "\ud800",
        ),
        "a" * (limits.MAX_SCOPE_PARAMETER_LENGTH + 1),
        " ".join(str(n) for n in range(limits.MAX_SCOPES + 1)),
    ],
)
def test_malformed_or_oversized_scope_is_refused_rows_17_91_322(text: str) -> None:
    with pytest.raises(ScopeSyntaxError):
        parse_scope(text)


@pytest.mark.parametrize(
    ("name", "is_valid"),
    [
        *((n, True) for n in ("openid", "orders:read", "a<b", "a>b", "OKTA", "okta-x", "a.okta.b")),
        *((n, False) for n in ("", "*", "okta", "okta.users", "okta:x", "<a>", "a b", 'a"', "a\\")),
        *((n, False) for n in ("é", "a\n", "x" * 256)),
    ],
)
def test_scope_names_follow_r2(name: str, is_valid: bool) -> None:
    assert is_valid_scope_name(name) is is_valid


@given(st.lists(TOKENS, unique=True, max_size=6))
def test_parsing_inverts_formatting(names: list[str]) -> None:
    assert parse_scope(format_scope(names)) == tuple(names)


@given(st.text())
def test_no_text_raises_anything_but_the_domains_error(text: str) -> None:
    with contextlib.suppress(ScopeSyntaxError):
        assert all(map(is_scope_token, parse_scope(text)))
