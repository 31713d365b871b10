"""The console as a person handles it: pages found by what they say, with a script or without."""

import re

from playwright.sync_api import Locator, Page, expect

PASSWORD = "correct horse battery"
MILLISECONDS = 10_000


class Console:
    """A browser on an installation."""

    def __init__(self, page: Page, url: str, *, has_script: bool) -> None:
        self.page, self.url, self.has_script = page, url, has_script
        self.problems: list[str] = []
        self.watch(page)

    def watch(self, page: Page) -> None:
        """Keep what the browser complains about: scripts, the policy, addresses that fail."""
        page.set_default_timeout(MILLISECONDS)
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("console", lambda m: self._complain(m.text) if m.type == "error" else None)
        page.on("response", lambda r: self._complain(r.url) if r.status >= 400 else None)

    def _complain(self, what: str) -> None:
        self.problems.append(what)

    def open(self, path: str) -> None:
        """A page of the console, by its address."""
        response = self.page.goto(f"{self.url}/admin/{path}")
        assert response is not None and response.status == 200, (path, response)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.locator("main").get_by_role("link", name=name, exact=True).first.click()

    def tab(self, name: str) -> None:
        """A tab's label may carry a count."""
        self.page.locator(".tabs").get_by_role("link", name=re.compile(rf"^{name}\b")).click()

    def sees(self, text: str) -> None:
        """Somewhere on the page."""
        expect(self.page.locator("main").get_by_text(text).first).to_be_visible()

    def is_titled(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def fill(self, **fields: str) -> None:
        """By the names of fields."""
        for name, value in fields.items():
            self.page.locator(f"main [name={name}]").fill(value)

    def choose(self, field: str, name: str, within: Locator | None = None) -> None:
        """One of many rows: searched for with a script, named without."""
        form = within or self.page.locator("main")
        if not self.has_script:
            form.locator(f"[name={field}_typed]").fill(name)
            return
        select = form.locator(f"select[name={field}]")
        select.locator("xpath=following-sibling::span[1]").locator(".select2-selection").click()
        self.page.keyboard.type(name)
        self.page.locator(".select2-results").get_by_text(name, exact=True).click()

    def add(self, kind: str, **fields: str) -> None:
        """The form of a new row, filled; it isn't saved yet."""
        self.open(kind)
        self.fill(**fields)

    def save(self, said: str) -> None:
        """It is saved without a question."""
        self.press("Save")
        self.told(said)

    def told(self, said: str) -> None:
        expect(self.page.locator(".messagelist")).to_contain_text(said)

    def agree(self, button: str | re.Pattern[str]) -> None:
        """The deliberate yes to what a change would do."""
        self.page.get_by_role("checkbox").last.check()
        self.page.get_by_role("button", name=button).click()


def form_with(page: Page, button: str) -> Locator:
    """The form that this button sends."""
    return page.locator("form", has=page.get_by_role("button", name=button))
