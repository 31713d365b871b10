"""`manage.py up` as a person sees it: it answers, it stops, it leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from django.conf import settings

from tests.services import free_port

START_SECONDS, STOP_SECONDS, SECOND_START_SECONDS = 60, 15, 15
LAST_LINE = "Ctrl-C stops everything."
Start = Callable[..., "Installation"]


class Installation:
    """A supervisor in a folder of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        self.folder = folder
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"PORT": str(self.port), "DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
        self.log = folder.with_suffix(".log")
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                env=inherited | own | environment,
                cwd=str(settings.ROOT),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while LAST_LINE not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://localhost:{self.port}{path}")

    def processes(self) -> list[str]:
        """Command lines of all processes that were started for this folder."""
        mark = f"DATA_DIR={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found

    def wait_until_gone(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while left := self.processes():
            assert time.monotonic() < deadline, left
            time.sleep(0.1)


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


def test_it_answers_and_stops_and_starts_again_quickly(start: Start) -> None:
    first = start()
    first.wait_until_ready()
    assert first.get("/health/ready").json() == {"status": "ok"}
    assert first.get("/accounts/login/").status_code == 200
    assert any(" worker " in command for command in first.processes())
    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(timeout=STOP_SECONDS) == 0
    first.wait_until_gone()

    began = time.monotonic()
    second = start()
    second.wait_until_ready()
    assert time.monotonic() - began < SECOND_START_SECONDS  # 4 s by itself on two processors
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
