"""R5: redirect URIs are compared octet by octet (P8, rows 75-81)."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from authzsite.domain.redirects import allowed_origins, matches, origin_of
from authzsite.domain.validation import validate_redirect_uri

REGISTERED = ("https://app.com/cb", "http://127.0.0.1/cb", "http://[::1]:8000/cb?x=1")


@pytest.mark.parametrize("uri", REGISTERED)
@pytest.mark.parametrize("is_native", [True, False])
def test_a_registered_uri_matches_itself(uri: str, is_native: bool) -> None:
    assert matches(REGISTERED, uri, is_native=is_native)


@pytest.mark.parametrize(
    "uri",
    [
        *("/cb/", "/CB", "/cb?x=1", "/cb;e=1", "/cb#f", "/cb#", "/cb/../x", "/cb/..;/x"),
        *("/cb%2f..%2fx", "//cb", "/cb%00", "", "/", "/cb ", "/cb\t", "/cb\n"),
    ],
)
def test_any_other_path_is_refused_row_75(uri: str) -> None:
    assert not matches(REGISTERED, "https://app.com" + uri, is_native=True)


@pytest.mark.parametrize(
    "uri",
    [
        *("https://app@evil/cb", "https://u:p@app.com/cb", "https://app.com@@evil/cb"),
        *("https://app.com.evil.com/cb", "https://evilapp.com/cb", "https://app.com\\@evil/cb"),
        *("https:app.com/cb", "https:///app.com/cb", "https://app\t.com/cb", "https://app.com./cb"),
        *("https://app.com:443/cb", "HTTPS://APP.com/cb", "https://app.com/c%62", "", "\ud800"),
    ],
)
def test_look_alikes_are_refused_rows_76_78(uri: str) -> None:
    assert not matches(REGISTERED, uri, is_native=True)


@pytest.mark.parametrize(
    ("uri", "is_match"),
    [
        *((f"http://127.0.0.1{port}/cb", True) for port in (":1", ":4711", ":65535")),
        *((f"http://[::1]{port}/cb?x=1", True) for port in ("", ":9")),
        *((f"http://127.0.0.1:{port}/cb", False) for port in ("", "0", "080", "99999", "65536")),
        *((f"http://127.0.0.1:{port}/cb", False) for port in ("٣", "1a", "-1", "1:2", "80@evil")),
        *(
            (f"http://{host}:80/cb", False)
            for host in (
                *("127.1", "0x7f.1", "2130706433", "127.0.0.1.evil.com", "[::ffff:127.0.0.1]"),
                *("localhost", "127.0.0.2", "[::1]", "evil@127.0.0.1", "[0:0:0:0:0:0:0:1]"),
            )
        ),
        ("http://127.0.0.1:80/other", False),
        ("http://127.0.0.1:80/cb#", False),
        ("https://127.0.0.1:80/cb", False),
    ],
)
def test_native_clients_choose_the_port_of_a_loopback_literal_row_80(
    uri: str, is_match: bool
) -> None:
    assert matches(REGISTERED, uri, is_native=True) is is_match


def test_other_clients_have_no_port_exception_r5() -> None:
    assert not matches(REGISTERED, "http://127.0.0.1:4711/cb", is_native=False)


def test_localhost_matches_only_as_registered_row_81() -> None:
    registered = ("http://localhost:3000/cb",)
    assert matches(registered, registered[0], is_native=True)
    assert not matches(registered, "http://localhost:3001/cb", is_native=True)
    assert not matches(registered, "http://127.0.0.1:3000/cb", is_native=True)


def reference(registered: str, presented: str) -> bool:
    """P8 in other words: equal, or loopback literals that are equal without their ports."""
    if registered == presented:
        return True
    literal = re.compile(r"\Ahttp://(127\.0\.0\.1|\[::1\])(:\d+)?(?=[/?]|\Z)", re.ASCII)
    one, two = literal.match(registered), literal.match(presented)
    if not (one and two and one[1] == two[1]):
        return False
    ports = [m[2][1:] for m in (one, two) if m[2]]
    if any(p.startswith("0") or int(p) > 65535 for p in ports):
        return False
    return registered[one.end() :] == presented[two.end() :]


HOSTS = st.sampled_from(
    ["127.0.0.1", "[::1]", "app.com", "localhost", "127.0.0.1@evil.com", "127.0.0.1.evil.com"]
)
PORTS = st.sampled_from(["", ":", ":0", ":80", ":8000", ":080", ":65535", ":65536", ":٣"])
RESTS = st.sampled_from(["", "/", "/cb", "/cb?x", "?x", "#", "/cb#f", "\\@evil", ":9/cb", "/c\nb"])
URIS = st.builds("{}://{}{}{}".format, st.sampled_from(["http", "https"]), HOSTS, PORTS, RESTS)


@given(URIS, URIS)
@example("http://127.0.0.1:٣/cb", "http://127.0.0.1:4/cb")
def test_accepts_exactly_equal_octets_or_another_port_of_a_loopback_literal(
    one: str, two: str
) -> None:
    assert matches([one], two, is_native=True) == reference(one, two)
    assert matches([one], two, is_native=False) == (one == two)


@given(URIS, URIS)
def test_an_accepted_uri_has_the_host_of_a_registered_one(one: str, two: str) -> None:
    if not validate_redirect_uri(one, is_native=True) and matches([one], two, is_native=True):
        assert urlsplit(one).hostname == urlsplit(two).hostname


@given(st.sampled_from(REGISTERED), st.integers(0, 30), st.text(max_size=2), st.integers(0, 2))
def test_a_mutation_is_refused_unless_only_the_loopback_port_changed(
    uri: str, at: int, insert: str, cut: int
) -> None:
    mutant = uri[:at] + insert + uri[at + cut :]
    assert matches([uri], mutant, is_native=True) == reference(uri, mutant)


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://app.com/cb?x", "https://app.com"),
        ("https://app.com:443/cb", "https://app.com"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:80", "http://[::1]"),
        *((uri, None) for uri in ("com.example.app:/cb", "https://u@app.com/", "https:///x", "x")),
        *((uri, None) for uri in ("https://app.com:x/", "https://app.com:99999/", "https://é/")),
    ],
)
def test_the_origin_of_a_uri_is_what_a_browser_sends_row_29(uri: str, origin: str | None) -> None:
    assert origin_of(uri) == origin


def test_origins_come_from_redirect_uris_and_the_extra_list() -> None:
    origins = allowed_origins(["https://a.com/cb", "com.x.y:/cb"], ["https://b.com"])
    assert origins == {"https://a.com", "https://b.com"}
