"""Scheme B of section 5.2: only the presented token opens its successor."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authzsite.domain.escrow import open_sealed, seal

CONTEXT = {
    "presented": "azrt_old",
    "client_id": "0oa1",
    "grant_id": "oar1",
    "scopes": ("orders:read", "openid"),
}
law = settings(max_examples=50, deadline=None)


def sealed() -> bytes:
    return seal("azrt_new", **CONTEXT)  # type: ignore[arg-type]


def test_the_same_retry_opens_it() -> None:
    assert open_sealed(sealed(), **CONTEXT) == "azrt_new"  # type: ignore[arg-type]


def test_the_order_of_scopes_is_no_matter() -> None:
    again = CONTEXT | {"scopes": ["openid", "orders:read", "openid"]}
    assert open_sealed(sealed(), **again) == "azrt_new"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("presented", "azrt_older"),
        ("client_id", "0oa2"),
        ("grant_id", "oar2"),
        ("scopes", ("openid",)),
        ("scopes", ()),
        ("scopes", ("orders:read openid",)),
        ("client_id", '0oa1", "oar1'),
    ],
)
def test_any_other_circumstance_does_not_open_it(name: str, other: object) -> None:
    assert open_sealed(sealed(), **(CONTEXT | {name: other})) is None  # type: ignore[arg-type]


def test_two_seals_of_one_text_differ() -> None:
    assert sealed() != sealed()


def test_the_stored_bytes_do_not_show_the_text() -> None:
    assert b"azrt_new" not in sealed()


@law
@given(st.one_of(st.none(), st.binary(max_size=100)))
def test_garbage_is_none(raw: bytes | None) -> None:
    assert open_sealed(raw, **CONTEXT) is None  # type: ignore[arg-type]


@law
@given(st.integers(0, 500))
def test_a_flipped_bit_breaks_the_seal(place: int) -> None:
    raw = bytearray(sealed())
    raw[place % len(raw)] ^= 1
    assert open_sealed(bytes(raw), **CONTEXT) is None  # type: ignore[arg-type]
