"""Follows every link of the console from the dashboard, one page of each kind."""

import html
import re
from collections.abc import Iterator
from urllib.parse import urljoin

from django.test import Client as Browser

LINK = re.compile(r'href="((?:/admin/|\?)[^"#]*)[#"]')
ID = re.compile(r"[0-9A-Za-z]{20}|(?<=/)\d+(?=/)|\w{4}(-\w{4}){3}|=-?\d[\d.-]*")
SAME = re.compile(r"_changelist_filters=[^&]*&?|(?<=[?&])(o|p|e)=[^&]*&?")
MOST = 400


def kind_of(url: str) -> str:
    """Pages of the same kind differ by whose they are, by the list that led there, by order."""
    return ID.sub("*", SAME.sub("", url)).rstrip("?")


def pages(browser: Browser, start: str = "/admin/") -> Iterator[tuple[str, str]]:
    """(address, HTML) of each page; an answer that isn't a page or a redirect fails."""
    seen: set[str] = set()
    queue = [start]
    while queue and len(seen) < MOST:
        url = min(queue, key=lambda one: "?" in one)  # objects before yet another filter
        queue.remove(url)
        kind = kind_of(url)
        if kind in seen or "/logout/" in url or "/admin/jsi18n" in url:
            continue
        seen.add(kind)
        response = browser.get(url)
        if response.status_code in (301, 302):
            queue.append(response.headers["Location"])
            continue
        assert response.status_code == 200, f"{response.status_code} {url}"
        if not response.headers["Content-Type"].startswith("text/html"):
            continue
        body = response.content.decode()
        queue += [urljoin(url, html.unescape(found)) for found in LINK.findall(body)]
        yield url, body
