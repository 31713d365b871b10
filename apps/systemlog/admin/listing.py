"""What every list of the console shares: keyset pages, search by `=` and `^`, no other look-ups."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from apps.systemlog.admin.paging import CountlessPaginator, KeysetChangeList

LOOKUPS = ("", "__exact", "__isnull")
MOST_SEARCHED = 200


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

    def several(self, name: str, value: str) -> dict[str, list[Any]]:
        """The one column and its values that a filter stands for, if an index finds each of them
        in the list's order."""
        return {}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """`=` exactly; `^`, or without a sign, by the beginning."""
        term = search_term.strip()[:MOST_SEARCHED].replace("\0", "")
        if not term:
            return queryset, False
        if term.startswith("="):
            return queryset.filter(self._exactly(term[1:].strip())), False
        word = term.removeprefix("^").strip()
        return queryset.filter(self._by_beginning(word) | self._exactly(word)), False

    def _exactly(self, word: str) -> Q:
        found = Q(pk__in=())
        for name in self.found_exactly:
            found |= Q(**{name: word})
        return found

    def _by_beginning(self, word: str) -> Q:
        found = Q(pk__in=())
        for name in self.found_by_beginning:
            found |= Q(**{f"{name}__istartswith": word})
        first, _, last = word.partition(" ")
        if self.full_name and last:
            names = zip(self.full_name, (first, last.strip()), strict=True)
            found |= Q(**{f"{name}__istartswith": part for name, part in names})
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
