"""F28: yesterday's backup is restored: what was revoked since would live again, so `bump_epoch
--all` comes before the first web process, as the README says (I6)."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from tests.faults.conftest import Install
from tests.faults.servers import Postgres
from tests.faults.service_world import ServiceWorld
from tests.processes import Installation
from tests.services import postgres_binary

Restore = Callable[[], None]
BUMP = ("bump_epoch", "--all", "--yes")


def run_the_procedure(made: Installation, backup: Callable[[], Restore], **wanted: str) -> None:
    """Backup, incident, restore, bump: nothing that had been issued is good for anything."""
    world = ServiceWorld.seed(made, **wanted)
    web = made.start_web()
    family, before = world.user_tokens(), world.token().json()["access_token"]
    web.terminate()
    restore = backup()

    web = made.start_web()
    assert world.revoke(family["refresh_token"]).status_code == 200
    made.manage(*BUMP)  # a number that the restored counter must not come to a second time
    since = [world.token().json()["access_token"] for _ in range(2)]
    assert world.revoke(since[0]).status_code == 200
    web.terminate()
    restore()

    printed = made.manage(*BUMP)
    assert "Ended at once and for good" in printed
    web = made.start_web()
    tokens = [family["access_token"], family["refresh_token"], before, *since]
    assert [token for token in tokens if world.is_active(token)] == []
    assert world.refresh(family["refresh_token"]).json()["error"] == "invalid_grant"
    assert world.is_active(world.token().json()["access_token"])
    web.terminate()


@pytest.mark.once
@pytest.mark.slow_fault
def test_F28_a_restored_file_and_a_bump_leave_nothing_alive(install: Install) -> None:
    made = install()
    file = made.folder / "authzsite.sqlite3"

    def backup() -> Restore:
        copy = made.folder.parent / "yesterday.sqlite3"
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)

        def restore() -> None:
            for path in file.parent.glob("authzsite.sqlite3*"):
                path.unlink()
            shutil.copy(copy, file)

        return restore

    run_the_procedure(made, backup, token_format="jwt")


@pytest.mark.postgres
@pytest.mark.slow_fault
def test_F28_a_restored_dump_and_a_bump_leave_nothing_alive(
    install: Install, cluster: Postgres, tmp_path: Path
) -> None:
    with cluster.connect() as connection:
        connection.execute("CREATE DATABASE restored")
    url = cluster.url.rpartition("/")[0] + "/restored"
    made, dump = install(DATABASE_URL=url), tmp_path / "dump"

    def run(name: str, *arguments: str) -> None:
        command = [postgres_binary(name), *arguments]
        subprocess.run(command, check=True, env={"PATH": os.environ["PATH"]})

    def backup() -> Restore:
        run("pg_dump", "--format=custom", f"--file={dump}", url)

        def restore() -> None:
            run("dropdb", f"--maintenance-db={cluster.url}", "restored")
            with cluster.connect() as connection:
                connection.execute("CREATE DATABASE restored")
            run("pg_restore", f"--dbname={url}", str(dump))

        return restore

    run_the_procedure(made, backup, token_format="jwt")
    run("dropdb", f"--maintenance-db={cluster.url}", "restored")


@pytest.mark.once
def test_F28_the_manual_says_so() -> None:
    text = (settings.ROOT / "README.md").read_text()
    assert "after a restore" in text and "bump_epoch --all" in text
    assert "before the first web process starts" in text
