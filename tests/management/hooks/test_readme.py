"""What the README tells receivers and administrators is so."""

import re
import subprocess
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from apps.management.hooks import events, schedule
from apps.oauth.outbound import TASK_SECONDS
from apps.tokens import clock
from tests.docs.blocks import README
from tests.management.hooks.scene import Worker, happen, make_hook
from tests.oauth.client_authentication.tls_server import Asked, Site

pytestmark = pytest.mark.django_db
SECTION = README.read_text().split("## Event hooks\n")[1].split("\n## ")[0]


def block(language: str) -> str:
    """The section's one block in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", SECTION, re.S)
    return str(found)


def delivered(receiver: Site) -> tuple[str, Asked]:
    """A secret, and a message that it signed just now."""
    _, secret = make_hook(receiver.url("/hook"))
    now: datetime = clock.now()
    happen(at=now)
    Worker(now).run()
    return secret, receiver.asked[0]


def test_its_python_takes_a_message_and_refuses_a_forged_and_an_old_one(receiver: Site) -> None:
    names: dict[str, Any] = {}
    exec(block("python"), names)  # noqa: S102 - the README's own code
    secret, asked = delivered(receiver)
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert names["verify"](secret, headers, asked.body) == headers["webhook-id"]
    with pytest.raises(ValueError, match="forged"):
        names["verify"](secret, headers, asked.body + b" ")
    old = str(int(time.time()) - 301)
    with pytest.raises(ValueError, match="too old"):
        names["verify"](secret, headers | {"webhook-timestamp": old}, asked.body)


def test_its_shell_line_computes_the_signature(receiver: Site, tmp_path: Path) -> None:
    secret, asked = delivered(receiver)
    (tmp_path / "body").write_bytes(asked.body)
    variables = {
        "SECRET": secret,
        "ID": asked.headers["webhook-id"],
        "TIMESTAMP": asked.headers["webhook-timestamp"],
        "PATH": "/usr/bin:/bin",
    }
    printed = subprocess.run(
        ["sh", "-c", block("sh")],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"v1,{printed.strip()}" == asked.headers["webhook-signature"]


def test_its_numbers_are_those_of_the_schedule() -> None:
    hours = sum(schedule.PAUSES) / schedule.HOUR
    assert f"tried {len(schedule.PAUSES) + 1} times over some {hours:.0f} hours" in SECTION
    assert f"{schedule.GIVE_UP_AFTER.total_seconds() / 3600:.0f} hours are the end" in SECTION
    assert f"After {schedule.BREAKER_FAILURES} failures in a row" in SECTION
    assert f"({schedule.GONE}, gone: never again)" in SECTION
    assert f"within {TASK_SECONDS:.0f} seconds" in SECTION
    assert f"for {schedule.DEAD_KEPT.days} days" in SECTION
    assert f"listed for {schedule.DELIVERED_KEPT.days}." in SECTION


def test_it_names_every_type_that_is_offered() -> None:
    named = re.findall(r"`(app\.oauth2\.[\w.*]+)`", SECTION)
    patterns = [re.escape(name).replace(r"\*", r"\w+") for name in named]
    assert all(any(re.fullmatch(p, kind) for p in patterns) for kind in events.ELIGIBLE)
