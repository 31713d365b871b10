"""Rows 250 and 299: what is posted, where to, and how little is taken from the answer."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from apps.oauth.outbound import MAX_ANSWER_OCTETS, Answer, OutboundError, check_address, post_json
from tests.oauth.client_authentication.test_outbound import LOOPBACK, refuse
from tests.oauth.client_authentication.test_outbound import site as site  # a fixture
from tests.oauth.client_authentication.tls_server import Asked, Site, serve

pytestmark = pytest.mark.once
BODY = b'{"a": 1}'


def refuse_post(url: str, *, seconds: float = 3.0, **headers: str) -> None:
    """It gets no answer that counts, and the caller hears nothing else."""
    with pytest.raises(OutboundError, match="^could not be fetched$"):
        post_json(url, BODY, headers=headers, seconds=seconds)


def test_the_body_arrives_whole_with_its_headers(site: Site) -> None:
    large = b'"' + b"a" * 100_000 + b'"'
    assert post_json(site.show(b""), large, headers={"Webhook-Id": "one"}) == Answer(200)
    (request,) = site.asked
    assert request.body == large
    assert request.command == "POST"
    assert request.headers["Webhook-Id"] == "one"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept-Encoding"] == "identity"
    assert not {"Cookie", "Authorization"} & set(request.headers)


@pytest.mark.parametrize("status", [200, 202, 204, 301, 307, 400, 410, 429, 500])
def test_every_status_is_an_answer_and_none_is_followed(site: Site, status: int) -> None:
    url = site.show(b"", status=status, Location=site.url("/other"))
    assert post_json(url, BODY, headers={}) == Answer(status)
    assert [request.path for request in site.asked] == ["/keys"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("999999", 86_400), ("-1", None), ("soon", None), ("9" * 40, None)],
)
def test_the_receiver_may_ask_for_patience(site: Site, text: str, seconds: int | None) -> None:
    assert post_json(site.show(b"", Retry_After=text), BODY, headers={}).retry_after == seconds


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_row_299_a_large_answer_is_left_where_it_is(site: Site, encoding: str) -> None:
    sent = [0]

    def page(request: Asked) -> None:
        request.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n".encode())
        piece = gzip.compress(bytes(1_000_000)) if encoding == "gzip" else bytes(10_000)
        for _ in range(1_000_000_000 // len(piece)):
            request.wfile.write(piece)
            sent[0] += len(piece)

    site.pages["/keys"] = page
    assert post_json(site.url(), BODY, headers={}) == Answer(200)
    assert sent[0] < 100 * MAX_ANSWER_OCTETS  # what the sockets' buffers hold, no more


def test_row_299_a_status_that_doesn_t_come_is_no_answer(site: Site) -> None:
    def drip(request: Asked) -> None:
        for _ in range(1000):
            request.wfile.write(b"H")
            request.wfile.flush()
            time.sleep(0.02)

    site.pages["/keys"] = drip
    refuse_post(site.url(), seconds=0.4)


def test_row_299_a_receiver_that_hangs_is_left_at_the_deadline(site: Site) -> None:
    gone = threading.Event()

    def hang(request: Asked) -> None:
        gone.wait(5)

    site.pages["/keys"] = hang
    refuse_post(site.url(), seconds=0.3)
    gone.set()


def test_row_299_nobody_there_is_no_answer(settings) -> None:
    settings.OUTBOUND_ALLOW = LOOPBACK
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    refuse_post(f"https://127.0.0.1:{port}/")


def test_a_header_that_would_become_two_is_refused(site: Site) -> None:
    refuse_post(site.show(b""), Authorization="one\r\nHost: evil")
    assert not site.asked


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1"])
def test_row_250_nothing_is_posted_to_an_address_that_is_not_global(host: str) -> None:
    with serve(None) as plain:
        refuse_post(f"https://{host}:{plain.port}/")
        assert not plain.asked


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever connects fails the test."""
    calls: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args: calls.append(args))
    yield
    assert not calls


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://[fd00::1]/", "http://93.184.216.34/", "https://a@8.8.8.8/"]
    + ["https://8.8.8.8:22/", "ftp://8.8.8.8/", "https://8.8.8.8/#part", "nonsense"],
)
def test_row_298_an_address_is_judged_before_it_is_kept(url: str, no_connection: None) -> None:
    with pytest.raises(OutboundError, match="^could not be fetched$"):
        check_address(url)


def test_row_298_a_good_address_is_not_connected_to(no_connection: None, settings) -> None:
    check_address("https://93.184.216.34/hook")
    settings.OUTBOUND_ALLOW = LOOPBACK
    check_address("http://127.0.0.1:8080/hook")


def test_the_same_refusals_as_when_fetching(site: Site) -> None:
    refuse(site.show(b"[]"))
    assert post_json(site.url(), BODY, headers={}) == Answer(200)
