"""What every list of the console shares: keyset pages, search by `=` and `^`, no other look-ups."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from apps.systemlog.admin.paging import KeysetChangeList, together

LOOKUPS = ("", "__exact", "__isnull")
MOST_SEARCHED = 200
MOST_PAGES = 50
MOST_FOUND = 1000
"""A search finds so many rows by each of its columns: who wants others types more of the name."""


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


class Listed(admin.ModelAdmin):
    """A table's list. Nothing can be looked up that it doesn't offer: an address such as
    `?password__startswith=` would be an oracle (rows 290 and 295)."""

    show_full_result_count = False
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    paginator = CountlessPaginator

    served: ClassVar[tuple[str, ...]] = ()
    """Look-ups of an address, for each of which an index finds the rows in the list's order."""
    linked: ClassVar[tuple[str, ...]] = ()
    """Look-ups that links lead here with, beside `served` and the filters."""
    never_narrow: ClassVar[tuple[str, ...]] = ()
    """Filters that leave nothing to compare row by row."""
    found_exactly: ClassVar[tuple[str, ...]] = ()
    """Columns that `=` compares with the whole term."""
    found_by_beginning: ClassVar[tuple[str, ...]] = ()
    """Columns that `^`, or a bare term, compares with their beginnings, whatever the case."""
    full_name: ClassVar[tuple[str, str] | None] = None
    """Two columns that two words are beginnings of."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        """Nothing is counted or skipped."""
        return KeysetChangeList

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """That there is something to search by; how, `get_search_results` says."""
        return (*self.found_exactly, *self.found_by_beginning)

    def is_served(self, term: str) -> bool:
        """Whether indexes find what is searched for."""
        return True

    def column_of(self, term: str) -> dict[str, Any]:
        """The one column and value that a search stands for, if an index finds its rows in the
        list's order."""
        return {}

    def is_bounded(self, term: str) -> bool:
        """Whether a search finds so few rows that they can be compared with filters, too."""
        return type(self).get_search_results is Listed.get_search_results and self.is_served(term)

    def several(self, name: str, value: str) -> dict[str, list[Any]]:
        """The one column and its values that a filter stands for, if an index finds each of them
        in the list's order."""
        return {}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """`=` exactly; `^`, or without a sign, by the beginning: of each column the first
        `MOST_FOUND`, read from its index, so that a common beginning costs no more."""
        term = search_term.strip()[:MOST_SEARCHED].replace("\0", "")
        if not term:
            return queryset, False
        word = term.lstrip("=^").strip()
        found = [Q(**{name: word}) for name in self.found_exactly]
        if not term.startswith("="):
            found += self._by_beginning(word)
        rows = self.model._default_manager.order_by()
        keys = (
            together(self.model, (rows.filter(one)[:MOST_FOUND] for one in found)) if word else []
        )
        return queryset.filter(pk__in=sorted(set(keys))), False

    def _by_beginning(self, word: str) -> list[Q]:
        found = [Q(**{f"{name}__istartswith": word}) for name in self.found_by_beginning]
        first, _, last = word.partition(" ")
        if self.full_name and last:
            names = zip(self.full_name, (first, last.strip()), strict=True)
            found.append(Q(**{f"{name}__istartswith": part for name, part in names}))
        return found

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """What the list offers, and nothing else."""
        names = {*self.served, *self.linked}
        for one in self.get_list_filter(request):
            if isinstance(one, str):
                names |= {f"{one}{ending}" for ending in LOOKUPS}
            else:
                names.add(str(getattr(one, "parameter_name", "")))
        return lookup in names

    def response_action(  # type: ignore[override]
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Rows are chosen one by one: nobody acts on "all" of a list that nobody has counted."""
        if request.POST.get("select_across", "0") != "0":
            raise PermissionDenied
        return super().response_action(request, queryset)


def counted(model: type[Model], relation: str) -> Coalesce:
    """How many rows of a relation there are, asked for the rows of the page alone."""
    column: Any = model._meta.get_field(relation)
    name = column.field.name
    rows = column.related_model._default_manager.filter(**{name: OuterRef("pk")}).order_by()
    return Coalesce(Subquery(rows.values(name).annotate(n=Count("pk")).values("n")), 0)
