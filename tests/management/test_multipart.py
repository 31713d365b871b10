"""Row 6: the token endpoint of the organisation takes multipart forms, as strictly as others."""

from typing import Any

import pytest
from django.test import Client as Http

from apps.tokens.models import AccessToken
from tests.management.caller import Caller, enrol

pytestmark = pytest.mark.once  # no statement differs between the databases

BOUNDARY = "----curl0123456789"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
VALID = [("grant_type", "client_credentials"), ("scope", ".:**")]
Pairs = list[tuple[str, str]]


def encode(pairs: Pairs, headers: str = "") -> bytes:
    """As curl -F writes it."""
    parts = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n{headers}\r\n{value}\r\n'
        for name, value in pairs
    )
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


def post(
    caller: Caller, body: bytes, content_type: str = TYPE, path: str = "token", **more: Any
) -> Any:
    return Http().generic(
        "POST",
        f"/org/login/{path}",
        body,
        content_type,
        HTTP_AUTHORIZATION=caller.basic,
        **more,
    )


@pytest.fixture
def caller() -> Caller:
    """A client without any token yet."""
    made = enrol(".:**")
    AccessToken.objects.all().delete()
    return made


@pytest.mark.parametrize(
    "content_type",
    [
        TYPE,
        f'Multipart/Form-Data; boundary="{BOUNDARY}"',
        f"multipart/form-data;boundary={BOUNDARY}",
    ],
)
def test_a_multipart_form_gets_a_token(caller: Caller, content_type: str) -> None:
    answer = post(caller, encode(VALID), content_type)
    assert (answer.status_code, answer.json()["scope"]) == (200, ".:**")
    assert post(caller, encode(VALID)[:-2]).status_code == 200
    plain = "Content-Type: text/plain; charset=utf-8\r\n"
    assert post(caller, encode(VALID, plain)).status_code == 200


def test_djangos_own_multipart_gets_a_token(caller: Caller) -> None:
    answer = Http().post("/org/login/token", dict(VALID), HTTP_AUTHORIZATION=caller.basic)
    assert answer.status_code == 200


MANY = encode([("", "")] * 1001)
BROKEN: list[tuple[str, bytes, str]] = [
    ("another boundary", encode(VALID), "multipart/form-data; boundary=other"),
    ("no boundary", encode(VALID), "multipart/form-data"),
    ("empty boundary", encode(VALID), "multipart/form-data; boundary="),
    ("two boundaries", encode(VALID), f"{TYPE}; boundary=x"),
    ("long boundary", encode(VALID), "multipart/form-data; boundary=" + "x" * 71),
    ("no end", encode(VALID).removesuffix(f"--{BOUNDARY}--\r\n".encode()), TYPE),
    ("preamble", b"preamble\r\n" + encode(VALID), TYPE),
    ("epilogue", encode(VALID) + b"epilogue", TYPE),
    ("bare newlines", encode(VALID).replace(b"\r\n", b"\n"), TYPE),
    ("nothing", b"", TYPE),
    ("another form", b"grant_type=client_credentials", TYPE),
    ("a file", encode(VALID).replace(b'"scope"', b'"scope"; filename="x"'), TYPE),
    ("no name", encode(VALID).replace(b'; name="scope"', b""), TYPE),
    ("no disposition", encode(VALID).replace(b"Content-Disposition", b"X"), TYPE),
    ("base64", encode(VALID, "Content-Transfer-Encoding: base64\r\n"), TYPE),
    ("utf-16", encode(VALID, "Content-Type: text/plain; charset=utf-16\r\n"), TYPE),
    ("a header twice", encode(VALID, 'Content-Disposition: form-data; name="x"\r\n'), TYPE),
    ("no colon", encode(VALID, "nonsense\r\n"), TYPE),
    ("not utf-8", encode(VALID).replace(b".:**", b"\xff\xfe"), TYPE),
    ("overlong", encode(VALID).replace(b".:**", b"\xc0\x80"), TYPE),
    ("NUL", encode([*VALID, ("x", "a\x00b")]), TYPE),
    ("a control", encode([VALID[0], ("scope", ".:**\n")]), TYPE),
    ("duplicate", encode([*VALID, VALID[0]]), TYPE),
    ("duplicate, differing", encode([*VALID, ("scope", "*:**")]), TYPE),
    ("a long value", encode([*VALID, ("x", "y" * 8193)]), TYPE),
    ("1,001 fields", MANY.replace(BOUNDARY.encode(), b"b"), "multipart/form-data; boundary=b"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "content_type"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_row_006_a_broken_or_ambiguous_one_is_a_400_and_issues_nothing(
    caller: Caller, body: bytes, content_type: str
) -> None:
    answer = post(caller, body, content_type)
    assert answer.status_code == 400, answer.content
    assert answer.json()["error"] in {"invalid_request", "invalid_scope"}
    assert not AccessToken.objects.exists()


def test_row_019_a_body_above_the_limit_is_a_413(caller: Caller) -> None:
    assert post(caller, encode([*VALID, ("x", "y" * 70_000)])).status_code == 413


def test_rows_002_003_a_secret_or_a_parameter_of_the_form_in_the_url_is_a_400(
    caller: Caller,
) -> None:
    for query in ("client_secret=x", "scope=.:**"):
        assert post(caller, encode(VALID), QUERY_STRING=query).status_code == 400


def test_row_006_the_other_endpoints_take_no_multipart(caller: Caller) -> None:
    for path in ("token/introspect", "token/revoke"):
        assert post(caller, encode([("token", "x")]), path=path).status_code == 400
