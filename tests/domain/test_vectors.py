"""Encodings of what a token stands on, and the `jti` that carries it."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from authzsite.domain.jti import AccessJti, build_id_jti, build_jti, parse_jti
from authzsite.domain.vectors import MAX_EPOCH, Vector, from_json, pack, to_json, unpack

epochs = st.one_of(st.integers(0, 300), st.sampled_from([127, 128, 2**31, MAX_EPOCH]))
vectors = st.builds(
    Vector,
    epochs,
    epochs,
    epochs,
    st.one_of(st.none(), epochs),
    st.lists(epochs, max_size=6).map(tuple),
    st.lists(st.text(max_size=20), max_size=4).map(tuple),
    st.one_of(st.none(), epochs),
    st.lists(epochs, max_size=4).map(tuple),
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("iscugpwk"), inner, max_size=8)
    ),
)
law = settings(max_examples=100, deadline=None)
GRANT = "oar" + "A1b2C3d4E5f6G7h8I"
GOOD: dict[str, Any] = {"i": 1, "s": 2, "c": 3, "u": None, "g": [4], "p": ["x"], "w": None}


@law
@given(vectors)
def test_both_encodings_bring_back_the_vector(vector: Vector) -> None:
    assert unpack(pack(vector)) == vector
    assert from_json(to_json(vector)) == vector


@law
@given(st.binary(max_size=60))
@example(b"\x01" + b"\xff" * 10)
@example(b"\x01\x00\x00\x00\x00\xff\xff\xff\xff\x7f")
@example(b"\x01\x01\x01\x01\x00\x00\x00\x00trailing")
@example(b"\x02\x01\x01\x01\x00\x00\x00\x00\x00")  # the second format needs a cutoff
@example(b"\x02\x01\x01\x01\x00\x00\x00\x01\x05\x00")
@example(b"\x02\x01\x01\x01\x00\x00\x00\xff\xff\x7f")
@example(b"\x01\x81\x00\x01\x01\x00\x00\x00\x00")
def test_unpacking_is_total_and_accepts_one_spelling_only(raw: bytes) -> None:
    vector = unpack(raw)
    assert vector is None or pack(vector) == raw


@law
@given(vectors, st.integers(0, 200))
def test_a_truncated_vector_is_none(vector: Vector, keep: int) -> None:
    raw = pack(vector)
    assert keep >= len(raw) or unpack(raw[:keep]) is None


@law
@given(json_values)
def test_reading_json_is_total(value: object) -> None:
    vector = from_json(value)
    assert vector is None or to_json(vector) == value


@pytest.mark.parametrize(
    "bad",
    [
        {"i": True},
        {"s": "2"},
        {"c": 3.0},
        {"u": -1},
        {"u": 2**63},
        {"g": ["4"]},
        {"g": 4},
        {"p": [1]},
        {"p": "x"},
        {"w": False},
        {"z": 1},
        {"k": []},  # one spelling: a vector without cutoffs doesn't name them
        {"k": [True]},
        {"k": [-1]},
        {"k": 4},
    ],
)
def test_a_spoiled_row_is_none(bad: dict[str, object]) -> None:
    assert from_json(GOOD) is not None
    assert from_json(GOOD | bad) is None


def test_f34_a_vector_without_cutoffs_is_written_as_before_there_were_any() -> None:
    """Tokens of the previous version stay good, and it reads ours while both serve."""
    vector = Vector(7, 1000, 12, None, (9, 10), ("d",), 0)
    written = bytes.fromhex("0107e8070c00010002090a010164")  # by the version before
    assert unpack(written) == vector and pack(vector) == written
    assert (
        from_json(GOOD) == Vector(1, 2, 3, None, (4,), ("x",))
        and to_json(vector).keys() == GOOD.keys()
    )


def test_a_vector_with_cutoffs_takes_a_format_of_its_own() -> None:
    vector = Vector(7, 1000, 12, config=(9,), cutoffs=(300, 5))
    assert pack(vector).hex() == "0207e8070c0000010902ac020500"
    assert to_json(vector)["k"] == [300, 5]


def test_an_epoch_out_of_range_is_a_programmers_error() -> None:
    for wrong in (-1, MAX_EPOCH + 1):
        with pytest.raises(ValueError, match="out of range"):
            pack(Vector(wrong, 1, 1))


def test_a_usual_vector_takes_a_dozen_bytes() -> None:
    assert len(pack(Vector(1, 1000, 12, config=(990, 998, 1000)))) <= 16
    assert len(build_jti(Vector(1, 1000, 12, config=(990, 998, 1000)))) <= 50


@law
@given(vectors)
def test_a_jti_brings_back_the_vector(vector: Vector) -> None:
    parsed = parse_jti(build_jti(vector, b"n" * 16))
    assert parsed == AccessJti(b"n" * 16, vector=vector)


def test_a_jti_brings_back_the_grant() -> None:
    assert parse_jti(build_jti(GRANT, b"n" * 16)) == AccessJti(b"n" * 16, grant_id=GRANT)


def test_every_jti_differs() -> None:
    assert len({build_jti(GRANT) for _ in range(50)} | {build_id_jti() for _ in range(50)}) == 100


@law
@given(st.one_of(st.none(), st.integers(), st.text(), st.text().map("AT.".__add__)))
@example("AT.")
@example("AT." + "A" * 100_000)
@example("AT." + urlsafe_b64encode(b"n" * 16).decode())
@example("AT." + urlsafe_b64encode(b"n" * 16 + b"\x01oar\xff1").decode())
@example("AT." + urlsafe_b64encode(b"n" * 16 + b"\x01").decode().rstrip("="))
@example("AT." + urlsafe_b64encode(b"n" * 16 + b"\x03xxx").decode().rstrip("="))
@example(build_id_jti())
@example(build_jti(GRANT) + "=")
@example(build_jti(GRANT) + "\n")
def test_foreign_jtis_are_none(text: object) -> None:
    assert parse_jti(text) is None
