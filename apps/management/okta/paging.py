"""Lists in pages: a sealed cursor, and one `Link` header with `self` before `next`.

The cursor holds the last row's key, so a page costs the same wherever it is, and nothing is skipped
or shown twice while rows come and go. It is sealed to the path and the filters (row 275).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from apps.directory.sealing import Unopenable, seal, unseal
from apps.management.okta.faults import Fault
from apps.management.okta.parameters import parameters, whole_number
from apps.management.respond import answer

Row = TypeVar("Row", bound=Model)
PAGING: Final = ("limit", "after")


@dataclass(frozen=True, slots=True)
class Paging:
    """The order of a list, by model fields that together are unique, and the sizes of its pages."""

    order: tuple[str, ...]
    default: int = 200
    most: int = 200
    is_descending: bool = False

    @property
    def ordering(self) -> list[str]:
        """For `order_by`."""
        return [f"-{name}" if self.is_descending else name for name in self.order]

    def beyond(self, place: Sequence[Any]) -> Q:
        """What comes after the place."""
        step = "lt" if self.is_descending else "gt"
        found, before = Q(), Q()
        for name, value in zip(self.order, place, strict=True):
            found |= before & Q(**{f"{name}__{step}": value})
            before &= Q(**{name: value})
        return found


def listed(
    request: Request,
    rows: "QuerySet[Row]",
    paging: Paging,
    show: Callable[[Row], Any],
    *filters: str,
    prepare: Callable[[list[Row]], None] | None = None,
) -> HttpResponse:
    """One page of the rows as an answer. `filters`: the parameters that the caller has read.
    `prepare`: looks up what all rows of the page need, in few statements, and may take some out.
    """
    given = parameters(request, *PAGING, *filters)
    limit = whole_number(given, "limit", default=paging.default, least=1, most=paging.most)
    if given.get("after"):
        rows = rows.filter(paging.beyond(opened(request, given)))
    found = list(rows.order_by(*paging.ordering)[: limit + 1])
    page = found[:limit]
    if prepare is not None:
        prepare(page)
    last = _place(found[limit - 1], paging) if len(found) > limit else None
    return answer([show(row) for row in page], headers={"Link": links(request, given, last)})


def links(request: Request, given: dict[str, str], last: Sequence[Any] | None) -> str:
    """The header: `self`, and `next` where there is more (`last`: the place of the last row)."""
    found = [_link(request, given, "self")]
    if last is not None:
        found.append(_link(request, given | {"after": sealed(request, given, last)}, "next"))
    return ", ".join(found)


def sealed(request: Request, given: dict[str, str], place: Sequence[Any]) -> str:
    """The cursor of a place in this list."""
    raw = seal(json.dumps(list(place)).encode(), _context(request, given))
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def opened(request: Request, given: dict[str, str]) -> list[Any]:
    """The place of the cursor `after`; 400 E0000029 for one that isn't of this list."""
    text = given["after"]
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        place: list[Any] = json.loads(unseal(raw, _context(request, given)))
    except (ValueError, Unopenable):
        raise Fault(400, "E0000029", "Invalid paging request") from None
    return place


def _context(request: Request, given: dict[str, str]) -> bytes:
    filters = sorted((k, v) for k, v in given.items() if k not in PAGING)
    return f"cursor {request._request.path_info}?{urlencode(filters)}".encode()


def _link(request: Request, given: dict[str, str], rel: str) -> str:
    query = f"?{urlencode(given)}" if given else ""
    return f'<{settings.BASE_URL}{request._request.path}{query}>; rel="{rel}"'


def _place(row: Model, paging: Paging) -> list[Any]:
    found = []
    for name in paging.order:
        value: Any = row
        for step in name.split("__"):
            value = getattr(value, step)
        found.append(value if isinstance(value, int | str) else value.isoformat())
    return found
