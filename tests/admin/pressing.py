"""What a browser posts of a page: a form as it is, and the yes to what a page shows."""

import html
import re
from typing import Any

from django.test import Client as Browser

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')
TICK = re.compile(r'<input type="checkbox" name="(confirmed|despite_tests)" value="([^"]*)"')


def form_of(browser: Browser, url: str) -> dict[str, Any]:
    """What a browser would post of the form at this address, unchanged."""
    form = browser.get(url).context["adminform"].form
    data: dict[str, Any] = {}
    for field in form:
        widget, value = field.field.widget, field.value()
        if hasattr(widget, "decompress"):
            parts = widget.decompress(value)
            data |= {f"{field.name}_number": parts[0], f"{field.name}_unit": parts[1]}
        elif value is not None and value is not False and value not in ("", []):
            data[field.name] = value
    return data


def answer_of(response: Any) -> dict[str, list[str]]:
    """What the page's button posts, with every box ticked."""
    body = response.content.decode().split('deliberate"')[-1].split("</form>")[0]
    found: dict[str, list[str]] = {}
    for name, value in [*HIDDEN.findall(body), *TICK.findall(body)]:
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(html.unescape(value))
    return found


def press(browser: Browser, url: str, data: dict[str, Any], **options: Any) -> Any:
    """Post, and say yes to the page that asks, if one does."""
    response = browser.post(url, data, **options)
    return browser.post(url, answer_of(response), **options) if asks(response) else response


def asks(response: Any) -> bool:
    """Whether the answer is a page that wants a deliberate yes."""
    return response.status_code == 200 and b'class="deliberate"' in response.content
