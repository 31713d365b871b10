"""F32: clients go away at every moment of a request: no half state, no lock and no thread is left
behind (I3, I4)."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from http.client import HTTPConnection
from urllib.parse import quote

import psycopg
import pytest

from tests.faults.conftest import Install
from tests.faults.load import ask_together
from tests.faults.servers import Postgres, wait_until
from tests.faults.service_world import ServiceWorld
from tests.oauth.grants_fixture import code_form, form_encoded, refresh_form
from tests.processes import Installation

TIMES = 6  # more than there are threads
IDLE = 60  # connections, many times as many


@pytest.fixture
def world(install: Install) -> ServiceWorld:
    """Its one write lock would be missed at once."""
    made = install()
    found = ServiceWorld.seed(made, leeway=30)
    made.start_web()
    return found


@pytest.fixture
def on_postgresql(
    cluster: Postgres, served: tuple[Installation, ServiceWorld]
) -> Iterator[ServiceWorld]:
    """Through each edge; the session's client has a leeway meanwhile."""
    made, found = served
    with psycopg.connect(made.environment["DATABASE_URL"], autocommit=True) as connection:
        changed = (
            "UPDATE clients_client SET leeway = %s, version = version + 1 WHERE client_id = %s"
        )
        connection.execute(changed, (30, found.client))
        yield found
        connection.execute(changed, (0, found.client))


def raw_request(world: ServiceWorld, endpoint: str, form: dict[str, str]) -> bytes:
    """The octets that a client sends."""
    body = form_encoded(form).encode()
    pair = b64encode(f"{quote(world.client)}:{quote(world.secret)}".encode()).decode()
    head = (
        f"POST /oauth2/{world.server}/v1/{endpoint} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Basic {pair}\r\nContent-Length: {len(body)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    return head.encode() + body


def connect(world: ServiceWorld) -> socket.socket:
    port = int(world.url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def leave_after_sending(world: ServiceWorld, request: bytes) -> None:
    with closing(connect(world)) as client:
        client.sendall(request)


def leave_in_the_body(world: ServiceWorld, request: bytes) -> None:
    with closing(connect(world)) as client:
        client.sendall(request[: len(request) - 20])


def leave_in_the_answer(world: ServiceWorld, request: bytes) -> None:
    with closing(connect(world)) as client:
        client.sendall(request)
        assert client.recv(1)


def is_dead(world: ServiceWorld, token: str) -> bool:
    return not world.is_active(token)


def a_client_that_leaves_leaves_nothing_behind(world: ServiceWorld) -> None:
    for leave in (leave_after_sending, leave_in_the_body, leave_in_the_answer):
        tokens = [world.user_tokens() for _ in range(2)]
        refreshing = raw_request(world, "token", refresh_form(tokens[0]["refresh_token"]))
        for _ in range(TIMES):
            leave(world, refreshing)
        retried = world.refresh(tokens[0]["refresh_token"])  # within the leeway
        assert retried.status_code == 200, "used or not, the retry gets the one successor"
        assert world.refresh(retried.json()["refresh_token"]).status_code == 200

        revoking = raw_request(world, "revoke", {"token": tokens[1]["refresh_token"]})
        leave(world, revoking)
        if leave is leave_in_the_body:
            assert world.is_active(tokens[1]["access_token"]), "half a request is none"
        elif leave is leave_after_sending:  # begun or not, asking again is harmless, and ends it
            assert world.revoke(tokens[1]["refresh_token"]).status_code == 200
            assert is_dead(world, tokens[1]["access_token"])
        else:
            wait_until(partial(is_dead, world, tokens[1]["access_token"]))
        assert all(answer.status == 200 for answer in ask_together(world.token, 8))


def a_code_whose_client_left_is_used_once_or_not_at_all(world: ServiceWorld) -> None:
    with closing(world.sign_in()) as browser:
        codes = [world.code(browser) for _ in range(3)]
    for code, leave in zip(
        codes, (leave_after_sending, leave_in_the_body, leave_in_the_answer), strict=True
    ):
        leave(world, raw_request(world, "token", code_form(code)))
        answers = ask_together(partial(world.exchange, code), 4)
        assert {answer.status for answer in answers} <= {200, 400}
        assert sum(answer.status == 200 for answer in answers) <= 1
    assert world.is_well()


def connections_that_are_kept_and_idle_keep_nobody_out(world: ServiceWorld) -> None:
    """Row 323's kin: clients and front servers keep connections, more than there are threads."""
    port = int(world.url.rpartition(":")[2])
    with ExitStack() as stack:
        for _ in range(IDLE):
            idle = HTTPConnection("127.0.0.1", port, timeout=10)
            stack.callback(idle.close)
            idle.request("GET", "/health/live")
            assert idle.getresponse().read() is not None
        assert world.is_well()


EACH = (
    a_client_that_leaves_leaves_nothing_behind,
    a_code_whose_client_left_is_used_once_or_not_at_all,
    connections_that_are_kept_and_idle_keep_nobody_out,
)


@pytest.mark.once
def test_F32_on_sqlite(world: ServiceWorld) -> None:
    for holds in EACH:
        holds(world)


def has_recovered(world: ServiceWorld) -> bool:
    """Whether all of each process works again: another fault may have just restarted the cluster,
    after which a process may answer 503 once for each way to the database that it tries."""
    try:
        return all(world.user_tokens() for _ in range(10))
    except AssertionError:
        return False


@pytest.mark.postgres
def test_F32_through_each_edge_on_postgresql(
    cluster: Postgres, on_postgresql: ServiceWorld
) -> None:
    wait_until(partial(has_recovered, on_postgresql))
    for holds in EACH:
        holds(on_postgresql)
    assert on_postgresql.is_well()
    wait_until(lambda: not cluster.backends("idle in transaction%"))
    wait_until(lambda: not cluster.backends("active"))
