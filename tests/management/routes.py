"""Every route of the management APIs, read from the URL configuration: what a test is generated
from can't forget a resource."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

PREFIXES = ("api/v1/", "oauth2/v1/clients", "<str:organization>/config/")
_NAME = re.compile(r"<(?:str:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One address, as it is written in the URL configuration, and its view."""

    template: str
    view: Any

    @property
    def names(self) -> tuple[str, ...]:
        """What stands for an object in it."""
        return tuple(_NAME.findall(self.template))

    @property
    def methods(self) -> frozenset[str]:
        """What the view has handlers for."""
        known = ("get", "post", "put", "patch", "delete")
        return frozenset(name.upper() for name in known if hasattr(self.view, name))

    def path(self, ids: Mapping[str, str]) -> str:
        """The canonical path, with these ids; `KeyError` names an object that is missing there."""
        known = {"organization": "org"}
        return "/" + _NAME.sub(lambda found: known.get(found[1]) or ids[found[1]], self.template)

    def __str__(self) -> str:
        return self.template


def routes() -> list[Route]:
    """All of them: those with a pattern of their own, not the views for everything else."""
    return sorted(_walk(get_resolver().url_patterns, ""), key=str)


def _walk(patterns: list[Any], before: str) -> Iterator[Route]:
    for pattern in patterns:
        if not isinstance(pattern.pattern, RoutePattern):
            continue
        template = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, template)
        elif isinstance(pattern, URLPattern) and template.startswith(PREFIXES):
            yield Route(template, getattr(pattern.callback, "cls", None))
