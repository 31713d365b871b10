"""F20: the disk of the embedded database is full: 503 for writes, reads are right, no commit is
partial, and it works again once there is space (I4, I8)."""

from pathlib import Path

import pytest

from tests.faults.disks import Disk, LimitedFiles, small_disk
from tests.faults.service_world import ServiceWorld, assert_unavailable
from tests.processes import Installation, installation

pytestmark = [pytest.mark.once]


def run_full(disk: Disk, made: Installation) -> None:
    """Fill it while the web server runs, and make room again."""
    world = ServiceWorld.seed(made)
    web = made.start_web()
    tokens, doomed = world.user_tokens(), world.token().json()["access_token"]
    disk.fill(web)
    try:
        refused = [
            world.token(),
            world.refresh(tokens["refresh_token"]),
            world.revoke(doomed),
        ]
        for answer in refused:
            assert_unavailable(answer)
        assert world.is_active(doomed), "the revocation wasn't acknowledged"
        assert world.is_active(tokens["access_token"])
    finally:
        disk.free(web)
    assert world.revoke(doomed).status_code == 200
    assert not world.is_active(doomed)
    assert world.refresh(tokens["refresh_token"]).status_code == 200, "it wasn't used"
    assert world.is_active(world.token().json()["access_token"])


@pytest.mark.slow_fault
def test_F20_no_space_left_on_the_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        if disk is None:
            pytest.skip("mounting isn't allowed here; the other test has a limit instead")
        with installation(disk.folder / "data") as made:
            run_full(disk, made)


def test_F20_files_that_may_not_grow(tmp_path: Path) -> None:
    with installation(tmp_path / "data") as made:
        run_full(LimitedFiles(made.folder), made)
