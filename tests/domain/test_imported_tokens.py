"""Refresh tokens of another server: what names a grant, and what is kept of them (R13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authzsite.domain.imported_tokens import (
    checksum,
    grant_named_by,
    imported_digest,
    imported_grant_id,
    is_of_grant,
    refresh_digest,
)
from authzsite.domain.tokens import Kind, digest, mint, mint_refresh, new_family_key

FOREIGN = st.text("abcXYZ019-_", min_size=20, max_size=60).filter(lambda t: not t.startswith("az"))
GRANT = "oar" + "A" * 17


@given(FOREIGN)
def test_a_foreign_text_names_one_grant_and_belongs_to_it_alone(text: str) -> None:
    named = grant_named_by(text)
    assert named == imported_grant_id(checksum(text))
    assert named is not None and len(named) == 20 and named[3:].isalnum()
    assert is_of_grant(text, named, new_family_key())
    assert not is_of_grant(text, GRANT, new_family_key())


@given(FOREIGN, FOREIGN)
def test_two_texts_share_neither_grant_nor_digest(one: str, two: str) -> None:
    if one != two:
        assert grant_named_by(one) != grant_named_by(two)
        assert refresh_digest(one) != refresh_digest(two)


@given(FOREIGN)
def test_what_is_kept_is_no_digest_that_the_other_server_has(text: str) -> None:
    assert refresh_digest(text) == imported_digest(checksum(text))
    assert refresh_digest(text) not in {checksum(text), digest(Kind.REFRESH, text)}
    assert imported_grant_id(checksum(text))[3:] not in checksum(text)


def test_our_own_texts_mean_what_they_did() -> None:
    key = new_family_key()
    text = mint_refresh(GRANT, key)
    assert grant_named_by(text) == GRANT
    assert refresh_digest(text) == digest(Kind.REFRESH, text)
    assert is_of_grant(text, GRANT, key) and not is_of_grant(text, GRANT, new_family_key())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        "x" * 19,
        "x" * 1025,
        "a b" * 10,
        "é" * 30,
        "x" * 30 + "\n",
        "a.b" * 10,
        "\0" * 30,
    ]
    + [mint(kind, b"r" * 32) for kind in (Kind.ACCESS, Kind.CODE, Kind.SECRET)]
    + [mint_refresh(GRANT, b"k", b"r" * 32)[:-1] + "!", "azrt_" + "x" * 60],
)
def test_what_is_no_token_names_nothing(text: str) -> None:
    assert grant_named_by(text) is None
    assert not is_of_grant(text, GRANT, b"k" * 32)
