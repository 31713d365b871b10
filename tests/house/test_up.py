"""`manage.py up` as a person sees it: it answers, it stops, it leaves nothing behind."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.installation import START_SECONDS, STOP_SECONDS, Installation

Start = Callable[..., Installation]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start one on this test's folder; whatever happens, it ends with the test."""
    installations: list[Installation] = []

    def start(**environment: str) -> Installation:
        installations.append(Installation(tmp_path / "data", **environment))
        return installations[-1]

    yield start
    for installation in installations:
        installation.process.kill()
        installation.process.wait()
    for installation in installations:
        installation.wait_until_gone()


def test_it_answers_and_stops_and_starts_again_with_nothing_to_set_up(start: Start) -> None:
    first = start()
    first.wait_until_ready()
    assert first.get("/health/ready").json() == {"status": "ok"}
    assert first.get("/accounts/login/").status_code == 200
    assert any(" worker " in command for command in first.processes())
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(timeout=STOP_SECONDS) == 0
    first.wait_until_gone()

    second = start()
    second.wait_until_ready()
    assert "Setting up" not in second.log.read_text()


def test_nothing_survives_a_killed_supervisor(start: Start) -> None:
    installation = start()
    installation.wait_until_ready()
    installation.process.kill()
    installation.process.wait()
    installation.wait_until_gone()


def test_secrets_and_data_are_nobody_elses_to_read(start: Start) -> None:
    installation = start()
    installation.wait_until_ready()
    paths = [installation.folder, *installation.folder.rglob("*")]
    assert len(paths) > 5
    assert [path for path in paths if path.exists() and path.stat().st_mode & 0o077] == []


def test_a_second_one_on_the_same_folder_is_refused(start: Start) -> None:
    start().wait_until_ready()
    refused = start()
    assert refused.process.wait(timeout=START_SECONDS) == 1
    assert "Another one is running" in refused.log.read_text()


def test_an_unsafe_setting_stops_it_before_anything_is_made(start: Start) -> None:
    refused = start(BASE_URL="https://auth.example.com/path")
    assert refused.process.wait(timeout=START_SECONDS) == 1
    assert "authz.E002" in refused.log.read_text()
    assert not (refused.folder / "authzsite.sqlite3").exists()


@pytest.mark.postgres
def test_it_runs_on_postgresql_and_redis(start: Start, postgres_url: str, redis_url: str) -> None:
    database = f"up_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}".encode())
    url = postgres_url.rpartition("/")[0]
    installation = start(DATABASE_URL=f"{url}/{database}", REDIS_URL=redis_url.replace("/0", "/9"))
    installation.wait_until_ready()
    assert installation.get("/health/ready").json() == {"status": "ok"}
    commands = " ".join(installation.processes())
    assert all(f" {role} " in commands for role in ("worker", "beat"))
    installation.process.send_signal(signal.SIGTERM)
    assert installation.process.wait(timeout=STOP_SECONDS) == 0
    installation.wait_until_gone()
