"""Whatever a token inline hook does, tokens are issued as they were, in time (rows 298, 299)."""

import time
from typing import Any

import pytest
from django.db import connection

from apps.oauth import hook_call
from tests.management.hooks.conftest import receiver
from tests.management.okta.hook_scene import (
    PATH,
    add,
    answers,
    claims,
    executed,
    whole_breaker,
    world,
)
from tests.oauth.client_authentication.tls_server import Asked, Site
from tests.oauth.grants_fixture import World, client_credentials, sign_in

pytestmark = pytest.mark.once  # no statement differs between the databases

__all__ = ["receiver", "whole_breaker", "world"]


def raw(octets: bytes) -> Any:
    """A receiver that says exactly this."""

    def page(request: Asked) -> None:
        request.wfile.write(octets)

    return page


ODD = {
    "500": b"HTTP/1.1 500 X\r\nContent-Length: 2\r\n\r\n{}",
    "201": b"HTTP/1.1 201 X\r\nContent-Length: 2\r\n\r\n{}",
    "a redirect": b"HTTP/1.1 302 X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
    "no JSON": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n<",
    "a list": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "a gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "too much": b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 400_000 + b"{}",
    "nothing": b"",
}


@pytest.mark.parametrize("what", ODD)
def test_row_299_whatever_a_hook_says_the_token_is_issued_as_it_was(
    world: World, receiver: Site, what: str
) -> None:
    receiver.pages[PATH] = raw(ODD[what])
    receiver.show(b'{"commands": []}', path="/other")
    assert claims(sign_in(world).access)["sub"]
    assert executed() == [("FAILURE", "no usable answer in time")]
    assert [asked.path for asked in receiver.asked] == [PATH], "once, and nowhere else"


def test_row_299_a_hook_that_drips_has_three_seconds_together(world: World, receiver: Site) -> None:
    def drip(request: Asked) -> None:
        for _ in range(100):
            request.wfile.write(b"H")
            time.sleep(0.1)

    receiver.pages[PATH] = drip
    assert hook_call.DEADLINE_SECONDS == 3.0
    assert claims(client_credentials(world).access)["sub"]
    assert executed() == [("FAILURE", "no usable answer in time")]


def test_row_299_a_hook_that_keeps_failing_is_left_alone_for_a_while(
    world: World, receiver: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.pages[PATH] = raw(b"")
    for _ in range(hook_call.BREAKER_FAILURES + 2):
        client_credentials(world)
    assert len(receiver.asked) == hook_call.BREAKER_FAILURES
    assert executed()[-1] == ("FAILURE", "left alone after failures")
    start = time.monotonic()
    monkeypatch.setattr(hook_call.time, "monotonic", lambda: start + hook_call.BREAKER_SECONDS + 1)
    answers(receiver, add("tenant", "t1"))
    assert claims(client_credentials(world).access)["tenant"] == "t1"


def test_row_298_an_address_that_became_forbidden_is_not_asked(
    world: World, receiver: Site, settings: Any
) -> None:
    settings.OUTBOUND_ALLOW = []
    assert claims(sign_in(world).access)["sub"]
    assert receiver.asked == [] and executed()[0][0] == "FAILURE"


def test_row_299_nothing_is_held_while_a_hook_is_asked(
    world: World, receiver: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    fetch = hook_call.fetch_json

    def look(*args: Any, **kwargs: Any) -> Any:
        open_now = len(connection.savepoint_ids)
        statements.append(str(open_now))
        return fetch(*args, **kwargs)

    before = len(connection.savepoint_ids)
    monkeypatch.setattr(hook_call, "fetch_json", look)
    sign_in(world)
    assert statements == [str(before)]
