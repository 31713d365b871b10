"""Lists of tables that may hold millions of rows: neither a COUNT nor an OFFSET.

A page is named by the key of the row before it. What an index serves in the list's order is read
as it is; what none serves is compared row by row over the next `WINDOW` rows, and the page says how
far it looked. So no page ever scans a table.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Paginator
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpRequest

AFTER, BEFORE = "after", "before"
WINDOW = 2000
"""So many rows are compared with what no index serves, before the page is shown."""
AT_ONCE, MOST_READ = 500, 500
SMALL = 2000
"""So many rows of one owner are sorted by time; more are read in the order of their ids."""
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


def enough(keys: Iterable[Key]) -> list[Key]:
    """Each column once, and none behind one that tells any two rows apart."""
    found: dict[str, Key] = {}
    for key in keys:
        found.setdefault(key.name, key)
        if key.field.unique:
            break
    return list(found.values())


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
    rows = model._default_manager.filter(behind).values("pk")
    return together(model, (of_one(rows, column, one, keys)[:size] for one in values))


def of_one(rows: QuerySet[Any, Any], column: str, value: Any, keys: list[Key]) -> Any:
    """The rows of one value, by the index of column and keys and by no other: a range, and the
    column in the order, leave the database nothing to choose. It would walk the order alone where
    a value is common, however long ago its rows were written."""
    sign = "-" if keys[0].is_descending else ""
    ordered = rows.order_by(f"{sign}{column}", *ordering(keys))
    return ordered.filter(**{f"{column}__gte": value, f"{column}__lte": value})


def together(model: type[Model], parts: Iterable[QuerySet[Any, Any]]) -> list[Any]:
    """The keys that these find, by one statement; each is limited, and some database refuses
    limits in a UNION."""
    key = str(model._meta.pk.attname)
    made = [part.values(key).query.sql_with_params() for part in parts]
    words = " UNION ALL ".join(
        f"SELECT * FROM ({sql}) part{n}"  # noqa: S608 - made by the ORM, values apart
        for n, (sql, _) in enumerate(made)
    )
    rows = model._default_manager.raw(words, [one for _, values in made for one in values])
    return [row.pk for row in rows]


class KeysetChangeList(ChangeList):
    """A list whose pages lead to the next, the previous and the first one only.

    Its admin is a `systemlog.admin.listing.Listed`.
    """

    model_admin: Any
    request: HttpRequest
    walking: list[Key]

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
        return ordering(enough(known))

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
        if several := self._several():
            of_each = first_of_each(self.model, several, behind, keys, size + 1)
            return list(found.filter(pk__in=of_each)[: size + 1]), ""
        self.walking = keys
        walked = self._walked()
        if walked is None:
            return list(found.filter(behind)[: size + 1]), ""
        names = [key.name for key in keys]
        window = list(walked.filter(behind).values_list(self.opts.pk.attname, *names)[:WINDOW])
        if not window:
            return [], ""
        # The keys say which; the last one's place, where an index of the order may stop.
        last = window[-1][1:]
        found = found.filter(behind & past(turned(keys), last, or_at=True))
        rows = list(found.filter(pk__in=[pk for pk, *_ in window])[: size + 1])
        end = self.model(**dict(zip(names, last, strict=True)))
        return rows, write_place(keys, end) if len(window) == WINDOW else ""

    def every(self, dressed: Callable[[list[Any]], list[Any]]) -> Iterator[Any]:
        """All rows of the list, page by page, no further than anybody waits for."""
        keys, start = self.keys, None
        for _ in range(MOST_READ):
            rows, bound = self.read(keys, start, AT_ONCE)
            has_more = len(rows) > AT_ONCE
            yield from dressed(rows[:AT_ONCE])
            end = write_place(keys, rows[AT_ONCE - 1]) if has_more else bound
            if not end:
                return
            start = read_place(keys, end)

    def _several(self) -> dict[str, list[Any]]:
        """One column and its values, when they are all that is asked for and an index finds the
        rows of each in this order."""
        rest = self._narrowing()
        if self.query and not rest:
            return {name: [one] for name, one in self.model_admin.column_of(self.query).items()}
        if self.query or len(rest) != 1 or ORDER_VAR in self.params:
            return {}
        name, value = rest[0], self.params[rest[0]]
        if name in self.model_admin.served:
            return {name.removesuffix("__exact"): [value]}
        found: dict[str, list[Any]] = self.model_admin.several(name, value)
        return found

    def _narrowing(self) -> list[str]:
        """What is asked for beside the search."""
        params = self.get_filters_params(self.params)
        return [name for name in params if name not in self.model_admin.never_narrow]

    def _walked(self) -> QuerySet[Any] | None:
        """The rows that an index finds in this order: by the search, or by one look-up. None when
        there is nothing else to compare them with."""
        rows = self.model._default_manager.order_by(*ordering(self.walking))
        admin, rest = self.model_admin, self._narrowing()
        if self.query and admin.is_bounded(self.query):
            return None
        if self.query and admin.is_served(self.query):
            found: QuerySet[Any] = admin.get_search_results(self.request, rows, self.query)[0]
            return found if rest else None
        served = [name for name in rest if name in admin.served and ORDER_VAR not in self.params]
        if served:
            column = served[0].removesuffix("__exact")
            rows = of_one(rows, column, self.params[served[0]], self.walking)
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
