"""Lists of tables that may hold millions of rows: neither a COUNT nor an OFFSET.

A page is named by the key of the row before it. What an index serves in the list's order is read
as it is; what none serves is compared row by row over the next `WINDOW` rows, and the page says how
far it looked. So no page ever scans a table.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpRequest

AFTER, BEFORE = "after", "before"
WINDOW = 5000
"""So many rows are compared with what no index serves, before the page is shown."""
SMALL = 2000
"""So many rows of one owner are sorted by time; more are read in the order of their ids."""
MOST_PAGES = 50
DIGEST_SHOWN = 12
DIGEST = "digest"
BEHIND_HEX = "g"


@dataclass(frozen=True, slots=True)
class Key:
    """One column of the order."""

    field: "Field[Any, Any]"
    is_descending: bool

    @property
    def name(self) -> str:
        """The column's attribute."""
        return self.field.attname

    def text(self, row: Any) -> str:
        """The row's value in an address. Of a digest the beginning: it sorts alike."""
        value = self.field.value_to_string(row)
        return value[:DIGEST_SHOWN] if self.is_digest else value

    @property
    def is_digest(self) -> bool:
        """Whether the values are digests, of which nothing but a beginning leaves the database."""
        return self.name == DIGEST

    def turned(self) -> "Key":
        """The same column, the other way round."""
        return Key(self.field, not self.is_descending)


Place = tuple[Any, ...]


def past(keys: Sequence[Key], place: Place, *, or_at: bool = False) -> Q:
    """Rows behind the place in the order of the keys; `or_at`: and the row at it. The first column
    is compared on its own, too, so that an index can begin there."""
    first, rest = keys[0], keys[1:]
    value = place[0]
    side = "lt" if first.is_descending else "gt"
    if not rest:
        return Q(**{f"{first.name}__{side}{'e' if or_at else ''}": value})
    deeper = Q(**{first.name: value}) & past(rest, place[1:], or_at=or_at)
    return Q(**{f"{first.name}__{side}e": value}) & (Q(**{f"{first.name}__{side}": value}) | deeper)


def turned(keys: Sequence[Key]) -> list[Key]:
    """The opposite order."""
    return [key.turned() for key in keys]


def ordering(keys: Iterable[Key]) -> list[str]:
    """For `order_by`."""
    return [f"-{key.name}" if key.is_descending else key.name for key in keys]


def write_place(keys: Sequence[Key], row: Any) -> str:
    """A row's place in the order, for an address."""
    values = json.dumps([key.text(row) for key in keys], separators=(",", ":"))
    return base64.urlsafe_b64encode(values.encode()).decode().rstrip("=")


def read_place(keys: Sequence[Key], text: str) -> Place:
    """The values of a place; IncorrectLookupParameters for anything else."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or len(values) != len(keys):
            raise ValueError
        found = tuple(key.field.to_python(one) for key, one in zip(keys, values, strict=True))
    except (ValueError, TypeError, ValidationError, binascii.Error) as error:
        raise IncorrectLookupParameters(error) from error
    if keys[-1].is_digest and not keys[-1].is_descending:
        return (*found[:-1], f"{found[-1]}{BEHIND_HEX}")  # rows that begin so were on that page
    return found


def first_of_each(
    model: type[Model], several: dict[str, list[Any]], behind: Q, keys: list[Key], size: int
) -> list[Any]:
    """The keys of the first rows of each value, by one walk of an index per value: what no
    database does by itself for the first rows of all values together."""
    ((column, values),) = several.items()
    rows = model._default_manager.filter(behind).order_by(*ordering(keys)).values("pk")
    parts = [rows.filter(**{column: one})[:size].query.sql_with_params() for one in values]
    words = " UNION ALL ".join(
        f"SELECT * FROM ({sql}) part{n}"  # noqa: S608 - made by the ORM, values apart
        for n, (sql, _) in enumerate(parts)
    )
    with connection.cursor() as cursor:
        cursor.execute(words, [value for _, params in parts for value in params])
        return [pk for (pk,) in cursor.fetchall()]


class CountlessPage(Page[Any]):
    """A page that knows whether there is another one."""

    has_more = False

    def has_next(self) -> bool:
        """Whether a row more was found."""
        return self.has_more


class CountlessPaginator(Paginator):
    """For those lists that somebody types into: reads one row more than a page holds."""

    @property
    def count(self) -> int:
        """Not counted: as many as anybody reads in a list to choose from."""
        return self.per_page * MOST_PAGES

    def page(self, number: Any) -> CountlessPage:
        """The rows of one page."""
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        page = CountlessPage(rows[: self.per_page], number, self)
        page.has_more = len(rows) > self.per_page and number < MOST_PAGES
        return page


class KeysetChangeList(ChangeList):
    """A list whose pages lead to the next, the previous and the first one only.

    Its admin is a `systemlog.admin.listing.Listed`.
    """

    model_admin: Any
    request: HttpRequest

    def get_filters_params(self, params: Any = None) -> Any:
        """A place is no filter, and a filter's link leads to the first page."""
        for name in (AFTER, BEFORE):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_filters_params(params)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """As Django makes it."""
        self.request = request
        return super().get_queryset(request, exclude_parameters)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """What the admin says, or what was chosen of its sortable columns; the key decides ties."""
        found = super().get_ordering(request, queryset)
        known = [key for key in (self._key(str(one)) for one in found) if key is not None]
        if len(known) < len(found):
            self.params.pop(ORDER_VAR, None)
            return super().get_ordering(request, queryset)
        return ordering(known)

    def _key(self, name: str) -> Key | None:
        bare = name.removeprefix("-")
        try:
            field: Any = self.opts.pk if bare == "pk" else self.opts.get_field(bare)
        except FieldDoesNotExist:
            return None
        if not getattr(field, "concrete", False) or field.null or field.is_relation:
            return None
        return Key(field, name.startswith("-"))

    @property
    def keys(self) -> list[Key]:
        """The columns of the order."""
        names = (str(one) for one in self.queryset.query.order_by)
        return [key for key in map(self._key, names) if key is not None]

    def get_results(self, request: HttpRequest) -> None:
        """The rows of this page are all that anything here speaks of."""
        back, place = request.GET.get(BEFORE, ""), request.GET.get(AFTER, "")
        keys = turned(self.keys) if back else self.keys
        start = read_place(keys, back or place) if back or place else None
        rows, bound = self.read(keys, start, self.list_per_page)
        has_more = len(rows) > self.list_per_page
        self.looked_at = WINDOW if bound and not has_more else 0
        del rows[self.list_per_page :]
        onward = write_place(keys, rows[-1]) if has_more else bound
        if back:
            rows.reverse()
        first, last = (
            (write_place(keys, rows[0]), write_place(keys, rows[-1])) if rows else ("", "")
        )
        newer, older = (onward, last) if back else (first if place else "", onward)
        self.newer = self.get_query_string({BEFORE: newer}) if newer else ""
        self.older = self.get_query_string({AFTER: older}) if older else ""
        self.first = self.get_query_string() if place or (back and onward) else ""
        self._show(rows)

    def read(self, keys: list[Key], start: Place | None, size: int) -> tuple[list[Any], str]:
        """One row more than `size`, and where it stopped looking: empty where it didn't."""
        found = self.queryset.order_by(*ordering(keys))
        behind = past(keys, start) if start else Q()
        several = self._several()
        if several:
            found = found.filter(pk__in=first_of_each(self.model, several, behind, keys, size + 1))
            return list(found[: size + 1]), ""
        end = self._window(keys, behind)
        if end is not None:
            values = tuple(getattr(end, key.name) for key in keys)
            found = found.filter(past(turned(keys), values, or_at=True))
        rows = list(found.filter(behind)[: size + 1])
        return rows, write_place(keys, end) if end is not None else ""

    def _several(self) -> dict[str, list[Any]]:
        """The values of one column that are all that is asked for, each found by an index."""
        params = self.get_filters_params(self.params)
        rest = [name for name in params if name not in self.model_admin.never_narrow]
        if self.query or len(rest) != 1:
            return {}
        found: dict[str, list[Any]] = self.model_admin.several(rest[0], params[rest[0]])
        return found

    def _window(self, keys: list[Key], behind: Q) -> Any:
        """The last row to compare with what no index serves; None where there are few, or where
        indexes serve everything."""
        walked = self._walked()
        if walked is None:
            return None
        rows = walked.filter(behind).order_by(*ordering(keys)).only(*(key.name for key in keys))
        return next(iter(rows[WINDOW - 1 : WINDOW]), None)

    def _walked(self) -> QuerySet[Any] | None:
        """The rows that an index finds in this order: by the search, or by one look-up. None when
        there is nothing else to compare them with."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        admin, params = self.model_admin, self.get_filters_params(self.params)
        rest = [name for name in params if name not in admin.never_narrow]
        if self.query and admin.is_served(self.query):
            rows = admin.get_search_results(self.request, rows, self.query)[0]
            return rows if rest else None
        served = [name for name in rest if name in admin.served and ORDER_VAR not in self.params]
        if served:
            rows = rows.filter(**{served[0]: params[served[0]]})
            rest.remove(served[0])
        return rows if rest or self.query else None

    def _show(self, rows: list[Any]) -> None:
        """The members that Django's templates read."""
        self.result_list, self.result_count = rows, len(rows)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(rows, self.list_per_page)
