"""Reading client credentials: rows 33-36, run against the pure function."""

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from authzsite.domain.client_auth import (
    AuthFault,
    AuthMethod,
    ClientCredentials,
    parse_credentials,
)
from authzsite.domain.tokens import Kind, mint
from authzsite.domain.vocabulary import ASSERTION_TYPE_JWT_BEARER

SECRET = mint(Kind.SECRET, b"s" * 32)
law = settings(max_examples=80, deadline=None)


def basic(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return "Basic " + b64encode(raw).decode()


def jwt(payload: bytes) -> str:
    return f"e30.{urlsafe_b64encode(payload).decode().rstrip('=')}.sig"


def assertion(value: str, **more: str) -> dict[str, str]:
    kind = {"client_assertion_type": ASSERTION_TYPE_JWT_BEARER}
    return {"client_assertion": value} | kind | more


SUBJECT = jwt(b'{"sub":"client1"}')
Read = tuple[str, str | None, dict[str, str], ClientCredentials]
READ: list[Read] = [
    (
        "Basic",
        basic(f"client1:{SECRET}"),
        {},
        ClientCredentials(AuthMethod.BASIC, "client1", SECRET),
    ),
    (
        "scheme in any case",
        basic("c:s").replace("Basic", "bAsIc"),
        {},
        ClientCredentials(AuthMethod.BASIC, "c", "s"),
    ),
    ("a colon in the secret", basic("c:a:b"), {}, ClientCredentials(AuthMethod.BASIC, "c", "a:b")),
    (
        "decoded once, not twice",
        basic("c:%2525+%3A"),
        {},
        ClientCredentials(AuthMethod.BASIC, "c", "%25 :"),
    ),
    (
        "RFC 9126: id in both",
        basic("c:s"),
        {"client_id": "c"},
        ClientCredentials(AuthMethod.BASIC, "c", "s"),
    ),
    ("okta-auth-js: no colon", basic("c"), {}, ClientCredentials(AuthMethod.NONE, "c")),
    ("no secret after the colon", basic("c:"), {}, ClientCredentials(AuthMethod.NONE, "c")),
    (
        "post",
        None,
        {"client_id": "c", "client_secret": "s"},
        ClientCredentials(AuthMethod.POST, "c", "s"),
    ),
    ("none", None, {"client_id": "c"}, ClientCredentials(AuthMethod.NONE, "c")),
    (
        "empty is absent",
        "",
        {"client_id": "c", "client_secret": "", "client_assertion": ""},
        ClientCredentials(AuthMethod.NONE, "c"),
    ),
    (
        "assertion",
        None,
        assertion(SUBJECT),
        ClientCredentials(AuthMethod.PRIVATE_KEY_JWT, "client1", assertion=SUBJECT),
    ),
    (
        "assertion with id",
        None,
        assertion("x", client_id="c"),
        ClientCredentials(AuthMethod.PRIVATE_KEY_JWT, "c", assertion="x"),
    ),
]


@pytest.mark.parametrize(
    ("header", "params", "expected"), [c[1:] for c in READ], ids=[c[0] for c in READ]
)
def test_it_reads(header: str | None, params: dict[str, str], expected: ClientCredentials) -> None:
    assert parse_credentials(header, params) == expected


BAD = ("invalid_client", "invalid_basic_auth_creds")
TWO = ("invalid_request", "multiple_client_credentials")
NOTHING = ("invalid_client", "missing_client_credentials")
NO_ID = ("invalid_client", "invalid_client_id")
NO_TYPE = ("invalid_client", "invalid_client_assertion_type")
NO_JWT = ("invalid_client", "client_assertion_invalid_jwt")
Refused = tuple[str, str | None, dict[str, str], tuple[str, str]]
REFUSED: list[Refused] = [
    ("row 33: Basic and post", basic("c:s"), {"client_secret": "s"}, TWO),
    ("row 33: Basic and assertion", basic("c:s"), assertion(SUBJECT), TWO),
    ("row 33: post and assertion", None, assertion(SUBJECT, client_secret="s"), TWO),
    (
        "row 34: two ids",
        basic("a:s"),
        {"client_id": "b"},
        ("invalid_request", "client_id_mismatch"),
    ),
    ("row 35: bad base64", "Basic !!!", {}, BAD),
    ("row 35: nothing", "Basic ", {}, BAD),
    ("row 35: no blank", "Basic", {}, BAD),
    ("row 35: not UTF-8", basic(b"\xff\xfe:s"), {}, BAD),
    ("row 35: not UTF-8 once decoded", basic("%ff:s"), {}, BAD),
    ("row 35: empty id", basic(":s"), {}, BAD),
    ("row 35: not ASCII", "Basic é", {}, BAD),
    ("NUL in the id", basic("c%00:s"), {}, BAD),
    ("another scheme", "Bearer abc", {}, BAD),
    ("row 42: 1 MB", basic("c:" + "s" * 10**6), {}, BAD),
    ("nothing at all", None, {}, NOTHING),
    ("secret without id", None, {"client_secret": "s"}, NOTHING),
    ("NUL in the form", None, {"client_id": "c\0"}, NO_ID),
    ("a long id", None, {"client_id": "c" * 101}, NO_ID),
    (
        "assertion of another type",
        None,
        {"client_assertion": SUBJECT, "client_assertion_type": "x"},
        NO_TYPE,
    ),
    ("assertion without type", None, {"client_assertion": SUBJECT}, NO_TYPE),
    ("row 57: a million dots", None, assertion("." * 10**6), NO_JWT),
    ("row 57: deep JSON", None, assertion(jwt(b"[" * 5000)), NO_JWT),
    ("row 60: no subject", None, assertion(jwt(b"{}")), NO_JWT),
    ("subject is a number", None, assertion(jwt(b'{"sub":1}')), NO_JWT),
    ("payload is a list", None, assertion(jwt(b"[]")), NO_JWT),
]


@pytest.mark.parametrize(
    ("header", "params", "fault"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_it_refuses(header: str | None, params: dict[str, str], fault: tuple[str, str]) -> None:
    assert parse_credentials(header, params) == AuthFault(*fault)


printable = st.text(st.characters(codec="utf-8").filter(str.isprintable), min_size=1, max_size=30)


@law
@given(printable, printable)
@example("a:b%+é", "%2B +:")
def test_row_36_form_encoded_pairs_come_back_as_they_were(client_id: str, secret: str) -> None:
    header = basic(f"{quote_plus(client_id)}:{quote_plus(secret)}")
    assert parse_credentials(header, {}) == ClientCredentials(AuthMethod.BASIC, client_id, secret)


@law
@given(
    st.one_of(st.none(), st.text(), st.binary().map(basic), st.text().map("Basic ".__add__)),
    st.dictionaries(
        st.sampled_from(
            ["client_id", "client_secret", "client_assertion", "client_assertion_type"]
        ),
        st.one_of(st.text(), st.just(ASSERTION_TYPE_JWT_BEARER)),
    ),
)
def test_parsing_is_total(header: str | None, params: dict[str, str]) -> None:
    found = parse_credentials(header, params)
    assert isinstance(found, AuthFault) or found.client_id


def test_a_traceback_does_not_show_the_secret() -> None:
    shown = repr(parse_credentials(basic(f"client1:{SECRET}"), {}))
    assert SECRET not in shown
