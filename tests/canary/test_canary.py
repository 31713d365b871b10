"""The canary can fail: every kind of secret is caught in every sink (P10, R304)."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from apps.servers.keys import generate_key
from authzsite.domain.tokens import Kind, SimpleKind, mint, mint_refresh, new_family_key
from tests.canary.plugin import SINKS, VAULT
from tests.canary.sinks import Sinks, database_dump, disk_dump, saying_of
from tests.canary.vault import Vault
from tests.factories import PASSWORD, make_client_and_secret, make_user

ROOT = Path(__file__).resolve().parents[2]
LEAKING = """
import logging
from authzsite.domain.tokens import Kind, mint

def test_it_logs_a_token():
    logging.getLogger("leaky").warning("token=%s", mint(Kind.ACCESS))
"""
WRITING = """
import pytest
from tests.factories import TESTER, make_client_and_secret
from apps.systemlog.entries import Entry
from apps.systemlog.record import record

@pytest.mark.django_db
def test_it_stores_a_secret():
    client, secret = make_client_and_secret("service")
    record(Entry("application.lifecycle.update", TESTER, reason=f"secret is now {secret}"))
"""


def kinds(text: str) -> list[str]:
    """What the watch of this run finds in a text."""
    return [leak.kind for leak in VAULT.search("a text", text)]


@pytest.mark.parametrize("kind", get_args(SimpleKind))
def test_a_minted_text_is_known_at_once(kind: SimpleKind) -> None:
    assert kinds(f"it was {mint(kind)}, I think") == [kind.value]


def test_a_refresh_token_is_known_by_its_random_part_and_not_by_its_grant() -> None:
    text = mint_refresh("oar" + "A" * 17, new_family_key())
    assert kinds(text) == ["refresh"]
    assert kinds(text[:25]) == []


def test_half_a_token_is_a_leak_and_its_last_four_characters_are_not() -> None:
    text = mint(Kind.SECRET)
    assert kinds(text[:24]) == ["secret"]
    assert kinds(text[-4:]) == []


def test_a_private_key_is_known_in_binary_and_in_hexadecimal() -> None:
    private = generate_key("ES256").private
    assert kinds(private.decode("latin-1")) == kinds(private.hex()) == ["private key"]


@pytest.mark.django_db
def test_the_secrets_of_factories_and_passwords_are_known() -> None:
    _, secret = make_client_and_secret("service")
    make_user()
    assert kinds(secret) == ["secret"]
    assert kinds(f'{{"password": "{PASSWORD}"}}') == ["password"]
    assert kinds("password=correct+horse+battery") == ["password"]


def test_fillers_of_tests_are_no_secrets() -> None:
    vault = Vault()
    vault.keep_chosen("v" * 43, "verifier")
    vault.keep_chosen("short", "password")
    vault.keep_token("azat_" + "a" * 43 + "CRC-32")
    assert len(vault) == 0


def test_a_token_is_for_the_answer_of_the_token_endpoint_only() -> None:
    answer = HttpResponse(f'{{"access_token": "{mint(Kind.ACCESS)}"}}')
    sinks = Sinks()
    for path in ("/oauth2/default/v1/token", "/oauth2/default/v1/introspect"):
        sinks.sayings.append(saying_of(RequestFactory().post(path), answer))
    assert [leak.where for leak in sinks.leaks(VAULT)] == [
        "the answer to POST /oauth2/default/v1/introspect (200)"
    ]


def test_a_header_is_searched_too() -> None:
    answer = HttpResponse(headers={"Location": f"/next?code={mint(Kind.CODE)}"})
    sinks = Sinks()
    sinks.sayings.append(saying_of(RequestFactory().get("/accounts/login/"), answer))
    assert [leak.kind for leak in sinks.leaks(VAULT)] == ["code"]


@pytest.fixture
def seed() -> Iterator[str]:
    """A token to leak; afterwards it is none, so that only this test finds it."""
    text = mint(Kind.API)
    yield text
    SINKS.clear()
    VAULT.forget(text)


def caught() -> set[tuple[str, str]]:
    """What the watch would say at the end of this test."""
    return {(leak.kind, leak.where) for leak in SINKS.leaks(VAULT)}


@pytest.mark.django_db
def test_a_secret_in_a_rolled_back_statement_is_caught(seed: str) -> None:
    make_user(first_name=seed[:40])
    assert caught() == {("api", "the database")}


@pytest.mark.django_db
def test_a_secret_in_a_row_is_found_in_the_dump(seed: str) -> None:
    make_user(first_name=seed[:40])
    tables = [table for table, text in database_dump() if VAULT.search(table, text)]
    assert "directory_user" in tables


def test_a_secret_in_a_log_line_is_caught(seed: str) -> None:
    logging.getLogger("leaky").info("token %s", seed)
    assert caught() == {("api", "the log")}


def test_a_secret_in_a_traceback_is_caught(seed: str) -> None:
    try:
        raise ValueError(seed)
    except ValueError:
        logging.getLogger("leaky").exception("unforeseen")
    assert caught() == {("api", "the log")}


def test_a_secret_in_a_file_is_found_on_the_disk(seed: str, tmp_path: Path) -> None:
    (tmp_path / "dump.bin").write_bytes(b"\x00\xff" + seed.encode())
    leaks = [leak for name, text in disk_dump(tmp_path) for leak in VAULT.search(name, text)]
    assert [leak.where for leak in leaks] == ["dump.bin"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("test", "place", "workers"),
    [(LEAKING, "the log", []), (WRITING, "the database", ["-n", "1"])],
    ids=["alone", "xdist"],
)
def test_a_leaking_test_fails_the_run(
    tmp_path: Path, test: str, place: str, workers: list[str]
) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.canary.plugin"]')
    (tmp_path / "test_leak.py").write_text(test)
    options = ["-c", str(ROOT / "pyproject.toml"), *workers]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1, run.stdout
    assert f"in {place}:" in run.stdout
