"""A person at a browser, as far as HTTP can be one: follows redirects, fills the sign-in page,
presses the button of the consent page, and ends where the application takes over.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

MANY = 10


class Form(HTMLParser):
    """The first form of a page that posts: where to, its fields and its buttons."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields, self.is_inside, self.is_done = "", {}, False, False  # type: ignore[var-annotated]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post" and not self.is_done:
            self.is_inside, self.action = True, given.get("action") or ""
        elif self.is_inside and tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.is_inside:
            self.is_inside, self.is_done = False, True


@dataclass
class Person:
    """Somebody with a login and a password."""

    login: str
    password: str
    session: requests.Session = field(default_factory=requests.Session)
    pages: list[str] = field(default_factory=list)

    def go(self, url: str, application: str) -> str:
        """From an address to the one of the application that the browser is sent to in the end."""
        response = self.session.get(url, allow_redirects=False)
        for _ in range(MANY):
            if response.is_redirect:
                url = urljoin(url, response.headers["Location"])
                if url.startswith(application):
                    return url
                response = self.session.get(url, allow_redirects=False)
            else:
                assert response.status_code == 200, response.text
                url, response = self.submit(url, response.text)
        raise AssertionError(f"going round in circles: {self.pages}")

    def submit(self, url: str, page: str) -> tuple[str, requests.Response]:
        """Fill in the page that is shown, and send it."""
        form = Form(page)
        if "password" in form.fields:
            self.pages.append("sign-in")
            answer = {"login": self.login, "password": self.password}
        else:
            self.pages.append("consent")
            answer = {"action": "allow"}
        url = urljoin(url, form.action)
        headers = {"Origin": "/".join(url.split("/")[:3])}
        sent = self.session.post(url, form.fields | answer, headers=headers, allow_redirects=False)
        return url, sent
