"""The SDK without its coroutines: a call returns data, or the test fails with the SDK's error."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests
from okta.pagination import PaginationHelper

MOST_PAGES = 20


@dataclass
class Sdk:
    """One client of the SDK, what has been called of it, and the same API without it."""

    client: Any
    base_url: str
    token: str = ""
    called: set[str] = field(default_factory=set)
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def ask(self, method: str, *arguments: Any, **named: Any) -> tuple[Any, Any, Any]:
        """Data, response and error, as the SDK gives them."""
        self.called.add(method)
        found: tuple[Any, ...] = self.runner.run(
            getattr(self.client, method)(*arguments, **named)  # nothing of it is wrapped
        )
        data, response, error = found if len(found) == 3 else (None, *found)
        return data, response, error

    def call(self, method: str, *arguments: Any, **named: Any) -> Any:
        """The data; fails with the error."""
        data, _, error = self.ask(method, *arguments, **named)
        assert error is None, f"{method}: {error}"
        return data

    def pages(self, method: str, *arguments: Any, **named: Any) -> list[list[Any]]:
        """Every page of a list, by the SDK's own helper."""
        found, after = [], None
        while True:
            data, response, error = self.ask(method, *arguments, **named, after=after)
            assert error is None, f"{method}: {error}"
            found.append(data)
            assert len(found) < MOST_PAGES, f"{method}: there is always a next page"
            after = PaginationHelper.extract_next_cursor(response.headers)
            if after is None:
                return found

    def raw(self, path: str) -> Any:
        """What a GET says without the SDK."""
        headers = {"Authorization": f"SSWS {self.token}"}
        answer = requests.get(f"{self.base_url}/api/v1/{path}", headers=headers, timeout=30)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        return answer.json()

    def survives(
        self, path: str, kind: str, *ids: str, turned: Callable[[Any], Any] = lambda seen: seen
    ) -> None:
        """Read, and write back what was read: nothing is lost. `turned`: into the model that the
        SDK's replacing method wants."""
        before = self.raw(path)
        seen = self.call(f"get_{kind}", *ids)
        self.call(f"replace_{kind}", *ids, turned(seen))
        after = self.raw(path)
        assert without_times(after) == without_times(before)


def without_times(body: dict[str, Any]) -> dict[str, Any]:
    """Without when it was changed."""
    return {name: value for name, value in body.items() if name != "lastUpdated"}
