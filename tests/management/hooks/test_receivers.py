"""Row 299: receivers that refuse, hang, drip, flood, redirect or lie. Each costs an attempt, tells
nothing, and holds nothing up."""

import gzip
import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.management.hooks import delivery, schedule
from apps.management.hooks.models import EventHook
from apps.management.hooks.schedule import PAUSES
from apps.oauth.outbound import post_json
from tests.management.hooks.scene import START, Worker, happen, make_hook, only, status
from tests.oauth.client_authentication.tls_server import Asked, Site

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are what the table says."""
    monkeypatch.setattr(schedule, "JITTER", 0)


def gzip_bomb(request: Asked) -> None:
    request.wfile.write(b"HTTP/1.1 500 Oops\r\nContent-Encoding: gzip\r\n\r\n")
    request.wfile.write(gzip.compress(bytes(10_000_000)))


def gigabyte(request: Asked) -> None:
    request.wfile.write(b"HTTP/1.1 500 Oops\r\n\r\n")
    for _ in range(1000):
        request.wfile.write(bytes(1_000_000))


def endless_head(request: Asked) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.wfile.write(b"X-Header: " + b"a" * 1000 + b"\r\n")


def hang_up(request: Asked) -> None:
    request.connection.close()


def say_hello(request: Asked) -> None:
    request.wfile.write(b"hello\r\n\r\n")


HOSTILE: dict[str, tuple[Callable[[Asked], None], int | None]] = {
    "500": (status(500), 500),
    "redirect": (status(302), 302),
    "404": (status(404), 404),
    "gzip bomb": (gzip_bomb, 500),
    "1 GB": (gigabyte, 500),
    "endless head": (endless_head, None),
    "hangs up": (hang_up, None),
    "no HTTP": (say_hello, None),
}


@pytest.mark.parametrize("mode", HOSTILE)
def test_row_299_a_hostile_receiver_costs_an_attempt_and_says_nothing(
    mode: str, receiver: Site, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.pages["/hook"], number = HOSTILE[mode]
    receiver.show(b"", path="/other")
    make_hook(receiver.url("/hook"))
    happen()
    with caplog.at_level(logging.INFO):
        worker.run()
    row = only()
    words = f"answered {number}" if number else "could not be reached"
    assert (row.state, row.attempts, row.last_status) == ("PENDING", 1, number)
    assert row.last_error == words
    assert row.next_attempt == START + timedelta(seconds=PAUSES[0])
    assert row.claimed_until is None
    assert "secret" not in caplog.text
    assert [one.path for one in receiver.asked] == ["/hook"]


@pytest.mark.parametrize("mode", ["refuses", "stranger", "hangs", "drips"])
def test_row_299_no_answer_is_one_word_whatever_the_reason(
    mode: str, receiver: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def drip(request: Asked) -> None:
        while not over.wait(0.02):
            request.wfile.write(b"H")

    def hang(request: Asked) -> None:
        over.wait(5)

    receiver.pages["/hook"] = drip if mode == "drips" else hang
    make_hook(receiver.url("/hook"))
    if mode == "stranger":
        monkeypatch.delenv("SSL_CERT_FILE")
    if mode == "refuses":
        EventHook.objects.update(url="https://127.0.0.1:1024/hook")
    monkeypatch.setattr(delivery, "post_json", hurried)
    happen()
    worker.run()
    over.set()
    assert (only().last_status, only().last_error) == (None, "could not be reached")


def hurried(url: str, body: bytes, *, headers: dict[str, str]) -> object:
    """The same with less patience."""
    return post_json(url, body, headers=headers, seconds=0.4)
