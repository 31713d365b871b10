"""Lists of the configuration API, in pages of 1,000 that are linked as in HAL.

An installation with fewer objects sees what it always saw: all of them at once.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.db.models import IntegerField, Model, QuerySet, Subquery
from django.http import HttpResponse
from rest_framework.request import Request

from apps.management.exceptions import Refusal
from apps.management.respond import answer

Row = TypeVar("Row", bound=Model)
PAGE_SIZE: Final = 1000
MAX_DIGITS: Final = 9


class HowMany(Subquery):
    """The number of the rows of a query, told by each row of another: no statement of its own."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) _counted)"
    output_field = IntegerField()


def listed(
    request: Request,
    name: str,
    rows: "QuerySet[Row]",
    show: Callable[[Row], dict[str, Any]],
) -> HttpResponse:
    """One page of the rows, which are in an order that is total. `page` counts from 1; one beyond
    the end is the last, as in Identity Cloud's other lists. Refused: any other parameter, since a
    list that ignored a filter would show more than was asked for (row 276)."""
    number, page, total = _page(rows, page_of(request))
    last = _last(total)
    path = request._request.path
    links = {"self": {"href": path if number == 1 else f"{path}?page={number}"}}
    if number < last:
        links["next"] = {"href": f"{path}?page={number + 1}"}
    body = {"total": total, "_embedded": {name: [show(row) for row in page]}}
    return answer(body | {"_links": links} if last > 1 else body)


def _page(rows: "QuerySet[Row]", number: int) -> tuple[int, list[Row], int]:
    """The page's number, its rows, and how many there are in all; in one statement, but for a page
    beyond the end."""
    counted = rows.annotate(how_many=HowMany(rows.order_by().values("pk")))
    page = list(counted[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    if page:
        return number, page, page[0].how_many  # type: ignore[attr-defined]
    if number == 1:
        return number, [], 0
    return _page(rows, min(_last(rows.count()), number - 1))


def _last(total: int) -> int:
    """The number of the last page; an empty list has one, too."""
    return max(1, -(-total // PAGE_SIZE))


def page_of(request: Request) -> int:
    """The page that is asked for."""
    given = request._request.GET
    if given.keys() - {"page"} or len(given.getlist("page")) > 1:
        raise Refusal(400, "The list takes no parameter but page, once.")
    text = given.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text) > 0):
        raise Refusal(400, "page must be a whole number from 1.")
    return int(text)
