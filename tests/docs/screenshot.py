"""Takes the README's picture from a real console: `python -m tests.docs.screenshot`.

A new installation with the demo, a refused request, and the page that explains it.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import ViewportSize, sync_playwright

from tests.docs.blocks import ROOT
from tests.services import find_chromium, free_port

TARGET = ROOT / "static" / "docs" / "decision-explained.png"
PASSWORD = "a-password-for-a-picture"
SIZE: ViewportSize = {"width": 1400, "height": 830}


def main() -> None:
    """Start, ask, look, stop."""
    with tempfile.TemporaryDirectory() as folder:
        port, log = free_port(), Path(folder) / "log"
        own = {"PORT": str(port), "DATA_DIR": folder, "ADMIN_PASSWORD": PASSWORD}
        command = [sys.executable, "manage.py", "up"]
        with (
            log.open("w") as output,
            subprocess.Popen(
                command, cwd=ROOT, env=os.environ | own, stdout=output, stderr=output
            ) as child,
        ):
            try:
                picture(wait_for_secret(log), f"http://localhost:{port}")
            finally:
                child.terminate()


def wait_for_secret(log: Path) -> str:
    """The demo's secret, once everything answers."""
    deadline = time.monotonic() + 60
    while "Ctrl-C stops" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)
    found = re.search(r"secret (\S+)", log.read_text())
    assert found, log.read_text()
    return found[1]


def picture(secret: str, base: str) -> None:
    """Sign in, let a client ask for more than the rules allow, and open the newest event."""
    TARGET.parent.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium())
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(f"{base}/admin/systemlog/logevent/")
        page.fill("[name=login]", "admin")
        page.fill("[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url("**/systemlog/logevent/**")
        ask_for_too_much(secret, base)
        page.reload()
        page.click("#result_list tbody a")
        page.screenshot(path=TARGET)
        browser.close()


def ask_for_too_much(secret: str, base: str) -> None:
    """One scope that the service may have, one that it may not."""
    form = {"grant_type": "client_credentials", "scope": "orders:read orders:delete"}
    answer = httpx.post(f"{base}/oauth2/default/v1/token", data=form, auth=("demo-service", secret))
    assert answer.status_code >= 400, answer.text


if __name__ == "__main__":
    main()
