"""What every list of the console shares: keyset pages, search by `=` and `^`, no other look-ups."""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import strip_tags

from apps.systemlog.admin.paging import KeysetChangeList, together
from apps.systemlog.admin.saved import save_view, saved_panel

BREAK = re.compile("<br ?/?>")
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

    has_csv = True
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

    def may_change(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether actions of this table, or on this row, are for this person."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def may_act(self, request: HttpRequest, action: Any, obj: Any = None) -> bool:
        """Whether this action of the list, or on this row of it, is for this person: some have a
        permission of their own."""
        needed = getattr(action, "permission", "")
        return bool(needed and request.user.has_perm(needed)) or self.may_change(request, obj)

    def dressed(self, rows: list[Any]) -> list[Any]:
        """Rows of a page with what the columns need beside them, asked for once."""
        return rows

    def row_pages(self) -> Mapping[str, Callable[..., HttpResponse]]:
        """A row's own pages: the last step of the address → the view, which takes `object_id`."""
        return {}

    def get_urls(self) -> list[URLPattern]:
        """Pages of rows, and the list as a file, before Django's pages."""
        pages = [("csv/", "csv", self.csv)] if self.has_csv else []
        pages.append(("saved/", "saved", self.saved))
        pages += [
            (f"<str:object_id>/{name}/", name, page) for name, page in self.row_pages().items()
        ]
        view, table = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        own = [path(at, view(page), name=f"{table}_{name}") for at, name, page in pages]
        return [*own, *super().get_urls()]

    def saved(self, request: HttpRequest) -> HttpResponse:
        """Name, rename or delete a filter of this list."""
        return save_view(self, request)

    def csv(self, request: HttpRequest) -> Any:
        """The filtered list as it is shown, as a file; what a page doesn't show isn't in it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        from apps.systemlog.admin.csv import csv_response  # it needs those who act

        names = [str(one) for one in self.get_list_display(request)]
        heads = [str(label_for_field(name, self.model, self)) for name in names]
        listed: Any = self.get_changelist_instance(request)
        rows = ([self._cell(name, row) for name in names] for row in listed.every(self.dressed))
        return csv_response(request, str(self.opts.model_name), heads, rows)

    def _cell(self, name: str, row: Any) -> str:
        value: Any = lookup_field(name, row, self)[2]
        words = str("" if value is None else value)
        if hasattr(value, "__html__"):  # else markup is somebody's text
            words = html.unescape(strip_tags(BREAK.sub(" ", words)))
        return " ".join(words.split())

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """An action that isn't for this person is refused, not ignored."""
        action = request.POST.get("action", "")
        if action and action not in self.get_actions(request):
            raise PermissionDenied
        query = request.GET.urlencode()
        context: dict[str, Any] = {"csv_url": f"csv/?{query}"} if self.has_csv else {}
        if IS_POPUP_VAR not in request.GET:
            context["saved"] = saved_panel(self, request)
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Rows are named by their keys and by nothing else (row 289)."""
        return to_field == self.opts.pk.name

    def response_action(  # type: ignore[override]
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Rows are chosen one by one: nobody acts on "all" of a list that nobody has counted. If
        one of them isn't theirs to change, nothing is done to any (row 289)."""
        chosen = set(request.POST.getlist(ACTION_CHECKBOX_NAME))
        rows = list(queryset.filter(pk__in=chosen)) if chosen else []
        offered: dict[str, Any] = self.get_actions(request)
        action = offered.get(request.POST.get("action", ""), (None,))[0]
        is_theirs = len(rows) == len(chosen) and all(
            self.may_act(request, action, one) for one in rows
        )
        if request.POST.get("select_across", "0") != "0" or not is_theirs:
            raise PermissionDenied
        return super().response_action(request, queryset)


def counted(model: type[Model], relation: str) -> Coalesce:
    """How many rows of a relation there are, asked for the rows of the page alone."""
    column: Any = model._meta.get_field(relation)
    name = column.field.name
    rows = column.related_model._default_manager.filter(**{name: OuterRef("pk")}).order_by()
    return Coalesce(Subquery(rows.values(name).annotate(n=Count("pk")).values("n")), 0)
