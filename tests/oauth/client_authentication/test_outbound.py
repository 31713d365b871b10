"""Rows 250 and 318: where outgoing calls go, and what they take."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from apps.oauth import outbound
from apps.oauth.addresses import may_reach
from apps.oauth.outbound import OutboundError, fetch_json
from tests.oauth.client_authentication.tls_server import Site, serve, write_certificate

pytestmark = pytest.mark.once
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings) -> Iterator[Site]:
    """A trusted TLS server that OUTBOUND_ALLOW lets us reach."""
    certificate = write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    settings.OUTBOUND_ALLOW = LOOPBACK
    with serve(certificate) as running:
        yield running


def refuse(url: str, **options: Any) -> None:
    """It can't be fetched, and the caller hears nothing else."""
    with pytest.raises(OutboundError, match="^could not be fetched$"):
        fetch_json(url, **options)


REFUSED = """
0.0.0.0 127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1
192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
192.0.0.1 :: ::1 fe80::1 fc00::1 fd12::1 fec0::1 ff02::1 2001:db8::1 100::1 2001:2::1
::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1 ::127.0.0.1 ::7f00:1 64:ff9b::7f00:1
64:ff9b::a9fe:a9fe 64:ff9b:1::a9fe:a9fe 2002:7f00:1:: 2002:a9fe:a9fe:: 2002:a00:1::
2001:0:a9fe:a9fe::1 2001:0:4136:e378:8000:63bf:5601:5601
"""


@pytest.mark.parametrize("text", REFUSED.split())
def test_row_250_an_address_that_is_not_global_is_refused_in_every_disguise(text: str) -> None:
    assert not may_reach(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_row_250_a_global_address_is_reached_by_tls_only(text: str) -> None:
    address = ipaddress.ip_address(text)
    assert may_reach(address)
    assert not may_reach(address, is_tls=False)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "017700000001", "[::1]", "0"]
    + ["[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254"],
)
def test_row_250_the_resolved_address_is_judged_and_not_the_text(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args: calls.append(args))
    refuse(f"https://{host}:8443/")
    assert not calls


@pytest.mark.parametrize("bad", ["127.0.0.1", "fd00::1", "169.254.169.254"])
def test_row_250_one_bad_address_among_good_ones_is_enough(
    bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(0, 0, 0, "", (text, 443)) for text in ("93.184.216.34", bad)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    calls: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args: calls.append(args))
    refuse("https://rebinding.example/")
    assert not calls


def test_the_name_is_resolved_once_and_the_address_is_what_was_judged(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, asked = socket.getaddrinfo, []

    def once(host: str, *args: object, **kwargs: object) -> object:
        if not host.replace(".", "").isdigit():
            asked.append(host)
        return real(host, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", once)
    assert fetch_json(site.show(b'{"a": 1}')).body == {"a": 1}
    assert asked == ["localhost"]


def test_another_peer_than_the_judged_address_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, real = site.show(b"{}"), outbound._secured
    other = ipaddress.ip_address("127.0.0.2")
    monkeypatch.setattr(
        outbound, "_secured", lambda plain, parts, _, end: real(plain, parts, other, end)
    )
    refuse(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https:///keys",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://example.com:22/",
        "https://example.com:80/",
        "https://example.com:99999/",
        "https://example.com/#fragment",
        "https://example.com/a b",
        "https://example.com/\r\nHost: evil",
        "https://exämple.com/",
        "https://example.com\\@127.0.0.1/",
        "https://[::1/",
        "",
        "keys",
    ],
)
def test_an_address_of_another_form_is_refused_before_it_is_resolved(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *args: calls.append(args))
    refuse(url)
    assert not calls


def test_a_json_object_comes_with_the_time_it_may_be_kept(site: Site) -> None:
    found = fetch_json(site.show(b'{"keys": []}', Cache_Control="public, max-age=600"))
    assert (found.body, found.max_age) == ({"keys": []}, 600)
    request = site.asked[0]
    assert request.headers["Host"] == f"localhost:{site.port}"
    assert request.headers["Accept-Encoding"] == "identity"
    assert not {"Cookie", "Authorization"} & set(request.headers)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"1",
        b"null",
        b"",
        b"{",
        b"<html>",
        b"\xff\xfe",
        b'{"a":' * 100_000 + b"1",
        b"9" * 5000,
    ],
)
def test_what_is_no_json_object_is_refused(site: Site, body: bytes) -> None:
    refuse(site.show(body[:250_000]))


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 401, 404, 500])
def test_only_a_200_counts_and_nothing_is_followed(site: Site, status: int) -> None:
    site.show(b"{}", path="/other")
    refuse(site.show(b"{}", status=status, Location=site.url("/other")))
    assert [request.path for request in site.asked] == ["/keys"]


def test_a_compressed_body_is_refused(site: Site) -> None:
    refuse(site.show(b"{}", Content_Encoding="gzip"))


@pytest.mark.parametrize("announced", ["300000", "10", "99999999999", "-1", "x"])
def test_a_body_over_256_kib_is_refused_whatever_was_announced(site: Site, announced: str) -> None:
    body = b'{"a": "' + b"a" * 300_000 + b'"}'
    refuse(site.show(body, Content_Length=announced), seconds=1)


def test_endless_headers_are_refused(site: Site) -> None:
    def page(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            request.wfile.write(b"X-Header: " + b"a" * 1000 + b"\r\n")

    site.pages["/keys"] = page
    refuse(site.url())


def test_the_deadline_is_for_the_whole_answer(site: Site) -> None:
    def page(request: BaseHTTPRequestHandler) -> None:
        while True:
            request.wfile.write(b"H")
            request.wfile.flush()
            time.sleep(0.05)

    site.pages["/keys"] = page
    refuse(site.url(), seconds=0.4)


def test_the_deadline_is_for_the_resolver_too(monkeypatch: pytest.MonkeyPatch) -> None:

    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answered.wait(5) or [])
    refuse("https://slow.example/", seconds=0.1)
    answered.set()


def test_a_chunked_body_is_read(site: Site) -> None:
    def page(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        request.wfile.write(b'3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n')

    site.pages["/keys"] = page
    assert fetch_json(site.url()).body == {"a": 1}


def test_row_318_a_certificate_of_a_stranger_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = site.show(b"{}")
    monkeypatch.delenv("SSL_CERT_FILE")
    refuse(url)
    assert not site.asked


def test_row_318_a_certificate_for_another_name_is_refused(site: Site) -> None:
    site.show(b"{}")
    refuse(site.url(host="127.0.0.1"))


def test_row_318_an_expired_certificate_is_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired = write_certificate(tmp_path, days=-1)
    monkeypatch.setenv("SSL_CERT_FILE", str(expired))
    with serve(expired) as other:
        refuse(other.show(b"{}"))


def test_plain_http_is_for_allowed_networks_only(settings) -> None:
    with serve(None) as plain:
        url = plain.show(b"{}")
        refuse(url)
        settings.OUTBOUND_ALLOW = LOOPBACK
        assert fetch_json(url).body == {}


def test_proxies_of_the_environment_are_ignored(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch_json(site.show(b"{}")).body == {}


def test_the_log_says_why_and_nothing_that_the_other_side_said(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    refuse(site.show(b"canary", status=418))
    assert [vars(record)["reason"] for record in caplog.records] == ["status 418"]
    assert "canary" not in caplog.text
