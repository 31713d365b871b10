"""Where an object is used, as the apps above it know: they register, its pages ask.

Each finder costs a fixed number of statements, and reads one row more than it shows at most.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from apps.systemlog.admin.parts import Part, joined, link, text

SHOWN: Final = 12
Finder = Callable[[Any], "Iterable[Use]"]
_finders: dict[str, list[Finder]] = {}


@dataclass(frozen=True, slots=True)
class Use:
    """One way in which something is used. `href` leads to all of them, where there is a list."""

    label: str
    parts: list[Part]
    href: str = ""
    hint: str = ""


def finds(*labels: str) -> Callable[[Finder], Finder]:
    """Register a finder of the uses of these models: `@finds("servers.Scope")`."""

    def add(finder: Finder) -> Finder:
        for label in labels:
            _finders.setdefault(label.lower(), []).append(finder)
        return finder

    return add


def links(
    label: str, rows: Iterable[Any], to: Callable[[Any], tuple[str, str]], href: str = ""
) -> list[Use]:
    """A use by rows, each by name and address; none for no row. `rows` may be a slice of SHOWN+1,
    or all there are."""
    found = list(rows)
    if not found:
        return []
    parts = joined(link(*to(row)) for row in found[:SHOWN])
    if len(found) > SHOWN:
        more = _(" and more")
        parts.append(link(more, href) if href else text(more))
    return [Use(label, parts, href)]


def used_by(row: Any) -> dict[str, Any] | None:
    """The panel `components/used_by.html`; None for what nothing is known of."""
    if row is None or row._meta.label_lower not in _finders:
        return None
    finders = _finders[row._meta.label_lower]
    facts = [_fact(use) for finder in finders for use in finder(row)]
    return {"facts": facts}


def _fact(use: Use) -> Mapping[str, Any]:
    return {"label": use.label, "parts": use.parts, "hint": use.hint}


def known() -> frozenset[str]:
    """The models that have finders, in lower case: for tests."""
    return frozenset(_finders)
