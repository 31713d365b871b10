"""The console as a person uses it: a page is opened, one of its forms is filled in and sent."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django.contrib.messages import ERROR, get_messages
from django.http import HttpResponse
from django.test import Client as Browser

from apps.systemlog.models import LogEvent
from tests.factories import make_superuser

Data = dict[str, list[str]]
WITHOUT_VALUE = {"submit", "button", "image", "reset", "file"}


@dataclass
class Form:
    """The controls of a form with what a browser would send of them."""

    data: Data = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    ticks: Data = field(default_factory=dict)  # boxes that aren't ticked, and what they would say


class _Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.area = self.select = ""
        self.options: list[tuple[str, bool]] = []
        self.is_multiple = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form())
        if not self.forms:
            return
        name = given.get("name", "")
        if tag == "option" and self.select:
            self.options.append((given.get("value", ""), "selected" in given))
        if not name:
            return
        self.forms[-1].names.add(name)
        if tag == "input":
            self._input(name, given)
        elif tag == "textarea":
            self.area = name
            self.forms[-1].data[name] = [""]
        elif tag == "select":
            self.select, self.options, self.is_multiple = name, [], "multiple" in given

    def _input(self, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        default = "on" if kind in {"checkbox", "radio"} else ""
        if kind == "checkbox" and "checked" not in given:
            self.forms[-1].ticks[name] = [given.get("value", default)]
        if kind in WITHOUT_VALUE or (kind in {"checkbox", "radio"} and "checked" not in given):
            return
        self.forms[-1].data.setdefault(name, []).append(given.get("value", default))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.forms[-1].data[self.area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area:
            text = self.forms[-1].data[self.area][0]
            self.forms[-1].data[self.area] = [text.removeprefix("\r").removeprefix("\n")]
            self.area = ""
        elif tag == "select" and self.select:
            chosen = [value for value, is_selected in self.options if is_selected]
            first = [] if self.is_multiple else [value for value, _ in self.options[:1]]
            self.forms[-1].data[self.select] = chosen or first
            self.select = ""


def forms_of(response: HttpResponse) -> list[Form]:
    """The forms of a page."""
    parser = _Forms()
    parser.feed(response.content.decode())
    return parser.forms


@dataclass
class Console:
    """An administrator's browser; `places` are the named addresses that it has posted to."""

    browser: Browser
    places: set[str] = field(default_factory=set)

    def submit(self, url: str, /, **changes: Any) -> Any:
        """Fill in the form of a page that has these controls, send it, and be through."""
        page: Any = self.browser.get(url)
        assert page.status_code == 200, (url, page.status_code, page.headers.get("Location"))
        found = [one for one in forms_of(page) if changes.keys() <= one.names]
        assert found, (url, changes, [sorted(one.names) for one in forms_of(page)])
        form = found[-1]
        sent = {name: _sent(value) for name, value in changes.items()}
        agreed = {name: form.ticks[name] for name in {"confirmed"} & form.ticks.keys()}
        return self._post(url, form.data | sent | agreed)

    def press(self, url: str, /, **fields: Any) -> Any:
        """A button that posts these fields; the question that may follow is answered with yes."""
        return self._post(url, {name: _sent(value) for name, value in fields.items()})

    def _post(self, url: str, data: Data) -> Any:
        self._try_otherwise(url, data)
        response: Any = self.browser.post(url, data)
        match = response.wsgi_request.resolver_match
        action = f":{data['action'][0]}" if "action" in data else ""
        self.places.add(f"{match.url_name}{action}")
        asked = [one for one in forms_of(response) if "confirmed" in one.names]
        if response.status_code == 200 and asked and not _is_sealed(data):
            typed = {name: data[name] for name in {"password"} & data.keys()}
            return self._post(url, asked[-1].data | asked[-1].ticks | typed)
        refusals = [str(m) for m in get_messages(response.wsgi_request) if m.level >= ERROR]
        assert not refusals, (url, refusals)
        is_shown_once = response.status_code == 200 and "secret" in response.context
        assert response.status_code == 302 or is_shown_once, (url, _errors(response))
        return response

    def _try_otherwise(self, url: str, data: Data) -> None:
        """Row 294: the same by GET, or from a page of another site, changes nothing."""
        before = LogEvent.objects.count()
        if "password" not in data:
            self.browser.get(f"{url}{'&' if '?' in url else '?'}{urlencode(data, doseq=True)}")
        stranger = Browser(enforce_csrf_checks=True)
        stranger.cookies = self.browser.cookies
        forged = {name: value for name, value in data.items() if name != "csrfmiddlewaretoken"}
        assert stranger.post(url, forged).status_code == 403
        assert LogEvent.objects.count() == before


def _is_sealed(data: Data) -> bool:
    """Whether it agrees to what a page has shown."""
    return data.get("confirmed", ["1"]) != ["1"]


def _errors(response: Any) -> Any:
    form = response.context.get("adminform")
    return form.form.errors if form else [one.get("form") for one in response.context["sections"]]


def open_console() -> Console:
    """Signed in as somebody who may change everything."""
    browser = Browser()
    browser.force_login(make_superuser())
    return Console(browser)


def _sent(value: Any) -> list[str]:
    """What the control of such a value sends."""
    match value:
        case bool():
            return ["on"] if value else []
        case tuple():  # several choices
            return [str(one) for one in value]
        case list():  # lines
            return ["\n".join(map(str, value))]
        case dict():
            return [json.dumps(value)]
    return ["" if value is None else str(value)]
