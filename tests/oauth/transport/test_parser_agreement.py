"""Property P7: our parser and the standard library agree on raw octets, or ours refuses them."""

from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from authzsite.domain.errors import OAuthError
from authzsite.domain.forms import FORM_TYPE, REPEATABLE, Form, parse_form, parse_pairs

pytestmark = pytest.mark.once
NAMES = [
    b"client_id",
    b"scope",
    b"code",
    b"state",
    b"token",
    b"resource",
    b"a",
    b"",
    b"client%5Fid",
]
BITS = [b"a", b"B", b"1", b"=", b"&", b";", b"+", b"%", b"%20", b"%3D", b"%26", b"%25", b"%2B"]
BITS += [b"%00", b"%0A", b"%FF", b"%C0%80", b"%ED%A0%80", b"%E2%82%AC", b"\xe2\x82\xac", b"\xff"]
BITS += [b"%ZZ", b"%2", b"[]", b" ", b"\t", b"\0"]

octets = st.lists(st.sampled_from(BITS) | st.binary(max_size=3), max_size=6).map(b"".join)
pairs = st.tuples(st.sampled_from(NAMES) | octets, octets).map(b"=".join)
forms = st.lists(pairs | octets, max_size=6).map(b"&".join) | st.binary(max_size=200)


def ours(raw: bytes) -> Form | None:
    """What we make of it; None when refused. Nothing but OAuthError escapes."""
    try:
        return parse_pairs(raw)
    except OAuthError as refused:
        assert 400 <= refused.status < 500
        return None


def theirs(raw: bytes) -> list[tuple[str, str]]:
    """What the standard library makes of the octets, read as UTF-8 at the end and strictly."""
    found = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    encoded = [[part.encode("latin-1").decode() for part in pair] for pair in found]
    return [(name, value) for name, value in encoded]


@settings(max_examples=1000, deadline=None)
@given(forms)
@example(b"a=1;client_id=evil")
@example(b"client_id=a&client%5Fid=b")
@example(b"=&=")
@example(b"a=%C0%80")
@example(b"a=\xc3%A9")
def test_p7_what_we_accept_the_standard_library_reads_alike(raw: bytes) -> None:
    form = ours(raw)
    if form is None:
        return
    read = theirs(raw)
    names = [name for name, _ in read]
    assert all(names.count(name) == 1 or name in REPEATABLE for name in names)
    assert dict(form.values) == dict(read)


@settings(max_examples=500, deadline=None)
@given(forms, forms, st.text(max_size=40) | st.just(FORM_TYPE))
def test_p7_the_parser_is_total(body: bytes, query: bytes, content_type: str) -> None:
    try:
        form = parse_form(body, content_type=content_type, query=query)
    except OAuthError as refused:
        assert refused.status in (400, 401, 413)
    else:
        assert "\0" not in "".join([*form.values, *form.values.values()])


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text("abc_", min_size=1), st.text(st.characters(categories=["L", "N"]))))
def test_p7_what_an_honest_client_sends_arrives(sent: dict[str, str]) -> None:
    form = parse_form(urlencode(sent).encode(), content_type=FORM_TYPE)
    assert dict(form.values) == sent


@settings(max_examples=300, deadline=None)
@given(forms)
def test_p7_neither_the_first_nor_the_last_of_two_wins(raw: bytes) -> None:
    form = ours(raw)
    for name in form.values if form else ():
        again = raw + b"&" + quote(name, safe="").encode() + b"=other"
        assert name in REPEATABLE or ours(again) is None
