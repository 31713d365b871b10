"""F23: another process holds SQLite's write lock for long: 503 after the busy time-out, never a
500, and reading goes on (I4, I8). SQLite is for one machine and one writer at a time."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest

from tests.faults.conftest import Install
from tests.faults.load import Answer, ask
from tests.faults.service_world import ServiceWorld, assert_unavailable
from tests.processes import Installation

pytestmark = [pytest.mark.once]
LONGEST = 15.0  # seconds; the busy time-out is five


def all_at_once(*sends: Callable[[], httpx.Response]) -> list[Answer]:
    with ThreadPoolExecutor(len(sends)) as pool:
        return list(pool.map(ask, sends))


def test_F23_writes_are_503_and_reads_are_answered_while_another_process_writes(
    install: Install,
) -> None:
    made = install(WEB_THREADS="8")
    world = ServiceWorld.seed(made)
    made.start_web()
    tokens, doomed = world.user_tokens(), world.token().json()["access_token"]
    with closing(sqlite3.connect(made.folder / "authzsite.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        answers = all_at_once(
            world.token,
            lambda: world.refresh(tokens["refresh_token"]),
            lambda: world.revoke(doomed),
            lambda: sign_in(made, world),
            lambda: world.post("introspect", {"token": tokens["access_token"]}),
        )
        other.rollback()
    *refused, page, read = answers
    for answer in refused:
        assert answer.response is not None
        assert_unavailable(answer.response)
    assert page.status == 503 and page.response is not None
    assert page.response.headers["Retry-After"].isdigit()
    assert (read.status, max(answer.seconds for answer in answers) < LONGEST) == (200, True)

    assert world.refresh(tokens["refresh_token"]).status_code == 200, "nothing was half done"
    assert world.revoke(doomed).status_code == 200
    assert not world.is_active(doomed)


def sign_in(made: Installation, world: ServiceWorld) -> httpx.Response:
    """Post the sign-in page as a browser does; the session is a write."""
    with httpx.Client(base_url=made.url, timeout=30) as browser:
        browser.get("/accounts/login/")
        form = {"login": world.login, "password": "correct horse battery"}
        return browser.post(
            "/accounts/login/", data={**form, "csrfmiddlewaretoken": browser.cookies["csrf"]}
        )
