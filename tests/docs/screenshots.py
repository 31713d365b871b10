"""Takes the pictures of the documentation from a real console: `python -m tests.docs.screenshots`.

A new installation with the demo, a month of counted traffic, real requests of its people and
services; then twelve pages, wide and narrow, looked at by whoever runs this.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.docs import png
from tests.docs.blocks import ROOT
from tests.docs.traffic import Shop
from tests.installation import Installation
from tests.services import find_chromium

TARGET = ROOT / "static" / "docs"
PASSWORD = "a-password-for-a-picture"
SIZES = {1440: 900, 390: 844}
SERVER = "admin/servers/authorizationserver/default"
TRY = "client=demo-web&grant_type=authorization_code&user=alice@example.com&scope="


def main() -> None:
    """Start, live a little, look, stop."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        installation = Installation(data, ADMIN_PASSWORD=PASSWORD)
        try:
            installation.wait_until_ready()
            remember(installation)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=find_chromium())
                take_all(browser, installation)
                browser.close()
        finally:
            installation.end()


def remember(installation: Installation) -> None:
    """The month before, inside of the installation."""
    code = f"from tests.docs.past import make; make({PASSWORD!r})"
    own = {"DATA_DIR": str(installation.folder), "PORT": str(installation.port)}
    command = [sys.executable, "manage.py", "shell", "-c", code]
    subprocess.run(command, cwd=ROOT, env=os.environ | own, check=True, capture_output=True)


def take_all(browser: Browser, installation: Installation) -> None:
    """Each page in each width."""
    secrets = json.loads((installation.folder / "secrets" / "demo.json").read_text())
    token = Shop(browser, installation.url, secrets, PASSWORD).open_for_business()
    change_something(browser, installation.url)
    empty = browser.new_page()
    for width, height in SIZES.items():
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="light"
        )
        page = context.new_page()
        for name, show in pages(token).items():
            show(page, installation.url)
            page.wait_for_load_state("networkidle")
            png.write(empty, TARGET / f"{name}-{width}.png", page.screenshot())
        context.close()


def change_something(browser: Browser, url: str) -> None:
    """For the history: a rule whose tokens live shorter, and a scope with other words."""
    page = browser.new_page()
    sign_in(page, url)
    page.goto(f"{url}/{SERVER}/policies/")
    page.get_by_role("link", name="Staff read").first.click()
    page.fill("[name=access_token_minutes_number]", "45")
    page.select_option("[name=access_token_minutes_unit]", "1")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="Save and revoke").click()
    page.goto(f"{url}/{SERVER}/scopes/")
    page.locator("main").get_by_role("link", name="orders:ship").first.click()
    page.fill("[name=display_name]", "Send and follow parcels")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".messagelist").wait_for()
    page.context.close()


def sign_in(page: Page, url: str, login: str = "admin", at: str = "admin/") -> None:
    """As the administrator, or a person of the demo."""
    page.goto(f"{url}/{at}")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"**/{at}")


def pages(token: str) -> dict[str, Callable[[Page, str], object]]:
    """Name → what leads there from the dashboard."""
    return {
        "dashboard": sign_in,
        "policies": at(f"{SERVER}/policies/"),
        "try-it": at(f"{SERVER}/try/?{TRY}openid+orders:read+orders:delete"),
        "policy-tests": at(f"{SERVER}/tests/"),
        "what-if": draft,
        "before-saving": narrow,
        "history": at(f"{SERVER}/history/"),
        "system-log": at("admin/systemlog/logevent/"),
        "decision-explained": explained,
        "token-doctor": lambda page, url: doctor(page, url, token),
        "clients": at("admin/clients/client/"),
        "account": account,
    }


def at(path: str) -> Callable[[Page, str], object]:
    return lambda page, url: page.goto(f"{url}/{path}")


def draft(page: Page, url: str) -> None:
    """A draft in which engineers write no more."""
    page.goto(f"{url}/{SERVER}/whatif/")
    page.get_by_role("button", name="Draft a change").click()
    rule = page.locator(".rule", has_text="Engineers write")
    rule.locator("summary").click()
    rule.get_by_role("link", name="Edit").click()
    page.get_by_label("orders:write").uncheck()
    page.get_by_role("button", name="Into the draft").click()
    page.get_by_text("denied from now on").first.wait_for()


def narrow(page: Page, url: str) -> None:
    """The same change of the rule itself, about to be saved."""
    page.goto(f"{url}/{SERVER}/policies/")
    page.get_by_role("link", name="Engineers write").first.click()
    page.get_by_label("orders:write").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="Before this is saved").wait_for()


def explained(page: Page, url: str) -> None:
    """The newest token that was refused."""
    page.goto(f"{url}/admin/systemlog/logevent/?what=grants&outcome=FAILURE")
    page.click("#result_list tbody a")


def doctor(page: Page, url: str, token: str) -> None:
    """A service's token at a path that it may not reach."""
    page.goto(f"{url}/admin/tokens/doctor/")
    page.fill("[name=token]", token)
    page.get_by_role("button", name="Say what it is").click()
    page.get_by_role("heading", name="Look at another one").wait_for()


def account(page: Page, url: str) -> None:
    """What a person sees; the last page, since the administrator is signed out for it."""
    page.context.clear_cookies()
    sign_in(page, url, "alice@example.com", "account/applications/")


if __name__ == "__main__":
    main()
