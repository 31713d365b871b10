"""Web processes end with the server that started them, however it ends (F2)."""

import os
import signal
from pathlib import Path

import pytest

from tests.faults.servers import wait_until
from tests.processes import installation


@pytest.mark.once
@pytest.mark.parametrize("is_serving", [True, False], ids=["serving", "starting"])
def test_no_web_process_outlives_a_killed_server(is_serving: bool, tmp_path: Path) -> None:
    with installation(tmp_path / "data", WEB_PROCESSES="2") as made:
        made.manage("migrate", "--verbosity", "0")
        web = made.start_web() if is_serving else made.start("web")
        web.wait_until(lambda: len(web.children()) >= 2)
        os.kill(web.pid, signal.SIGKILL)
        web.child.wait()
        wait_until(lambda: not made.processes(), 20.0, "web processes without their server")
