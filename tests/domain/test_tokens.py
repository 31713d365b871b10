"""Texts of tokens and their digests: section 5.3, rows 117, 118, 163, 164."""

import string
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from authzsite.domain.tokens import (
    PREFIXES,
    Kind,
    RefreshText,
    SimpleKind,
    digest,
    is_genuine,
    kind_of,
    looks_like,
    mint,
    mint_refresh,
    new_family_key,
    parse_refresh,
    same,
)

GRANT = "oar" + "A1b2C3d4E5f6G7h8I"
KEY = bytes(range(32))
SIMPLE: list[SimpleKind] = [
    Kind.CODE,
    Kind.ACCESS,
    Kind.SECRET,
    Kind.DEVICE,
    Kind.REQUEST,
    Kind.API,
]
law = settings(max_examples=100, deadline=None)


def text_of(kind: Kind) -> str:
    return mint_refresh(GRANT, KEY) if kind is Kind.REFRESH else mint(kind)


@pytest.mark.parametrize("kind", SIMPLE)
def test_a_text_is_prefix_then_43_random_then_6_check_characters(kind: SimpleKind) -> None:
    text = mint(kind)
    assert text.startswith(PREFIXES[kind])
    assert len(text) == len(PREFIXES[kind]) + 43 + 6
    assert looks_like(kind, text)


def test_a_refresh_text_carries_its_grant() -> None:
    text = mint_refresh(GRANT, KEY)
    parts = parse_refresh(text)
    assert len(text) == 5 + 20 + 43 + 11 + 6
    assert parts is not None
    assert parts.grant_id == GRANT


@pytest.mark.parametrize("kind", list(Kind))
def test_two_minted_texts_differ(kind: Kind) -> None:
    assert text_of(kind) != text_of(kind)


@pytest.mark.parametrize(("sent", "asked"), list(product(Kind, Kind)))
def test_row_118_a_text_of_one_kind_is_no_other_kind(sent: Kind, asked: Kind) -> None:
    assert looks_like(asked, text_of(sent)) is (sent is asked)
    assert kind_of(text_of(sent)) is sent


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t[:-1],
        lambda t: t + "A",
        lambda t: t + "=",
        lambda t: " " + t,
        lambda t: t + " ",
        lambda t: t + "\n",
        lambda t: t.swapcase(),
        lambda t: t[1:],
        lambda t: t[:20] + "\0" + t[21:],
        lambda t: t * 2,
        lambda t: "",
    ],
)
def test_row_117_a_damaged_text_fails_without_a_look_up(
    kind: Kind, damage: Callable[[str], str]
) -> None:
    assert not looks_like(kind, damage(text_of(kind)))


@pytest.mark.parametrize("kind", list(Kind))
def test_row_117_any_single_changed_character_is_noticed(kind: Kind) -> None:
    text = text_of(kind)
    for place in range(len(PREFIXES[kind]), len(text)):
        changed = "A" if text[place] != "A" else "B"
        assert not looks_like(kind, text[:place] + changed + text[place + 1 :])


@law
@given(st.text())
@example("azrt_" + "é" * 80)
@example("azat_" + "٣" * 49)
@example("\ud800" * 54)
@example("azrt_" + "A" * 200_000)
def test_parsing_is_total(text: str) -> None:
    assert not any(looks_like(kind, text) for kind in Kind)
    assert not is_genuine(text, KEY)
    assert len(digest(Kind.REFRESH, text)) == 64


def test_every_generation_of_a_family_is_genuine() -> None:
    assert all(is_genuine(mint_refresh(GRANT, KEY), KEY) for _ in range(20))


def test_a_text_tagged_by_another_key_is_garbage() -> None:
    assert not is_genuine(mint_refresh(GRANT, new_family_key()), KEY)
    assert not is_genuine(mint_refresh(GRANT, KEY), b"")


def test_a_genuine_tag_can_not_be_moved_to_another_grant() -> None:
    stolen = parse_refresh(mint_refresh(GRANT, KEY))
    other = parse_refresh(mint_refresh("oar" + "0" * 17, KEY, b"x" * 32))
    mine = parse_refresh(mint_refresh(GRANT, KEY, b"x" * 32))
    assert isinstance(stolen, RefreshText)
    assert other is not None
    assert mine is not None
    assert other.random == mine.random
    assert other.tag != mine.tag


def test_digests_of_kinds_never_meet() -> None:
    assert len({digest(kind, "same") for kind in Kind}) == len(Kind)


@law
@given(st.text(string.ascii_letters), st.text(), st.text(string.ascii_letters), st.text())
def test_a_digest_keeps_kind_and_text_apart(k1: str, t1: str, k2: str, t2: str) -> None:
    assert (digest(k1, t1) == digest(k2, t2)) is ((k1, t1) == (k2, t2))


@law
@given(st.text(), st.text())
def test_constant_time_equality_is_equality(left: str, right: str) -> None:
    assert same(left, left)
    assert same(left, right) is (left == right)
