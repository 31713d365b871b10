"""Lists of tables that may hold millions of rows: pages without a COUNT."""

from typing import Any

from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.paginator import Page, Paginator
from django.http import HttpRequest

UNKNOWN = 10**9
"""Stands for the number of rows that nobody counts."""


class CountlessPaginator(Paginator):
    """Reads one row more than a page holds, to know whether there is another page."""

    has_more = False

    @property
    def count(self) -> int:
        """Not counted."""
        return UNKNOWN

    def page(self, number: Any) -> Page[Any]:
        """The rows of one page."""
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        self.has_more = len(rows) > self.per_page
        return Page(rows[: self.per_page], number, self)


class CountlessChangeList(ChangeList):
    """A list whose pages lead to the newer and the older one only."""

    def get_results(self, request: HttpRequest) -> None:
        """The rows of this page are all that anything here speaks of."""
        super().get_results(request)
        self.result_count = len(self.result_list)

    @property
    def newer(self) -> str:
        """The query of the page before."""
        return self.get_query_string({PAGE_VAR: self.page_num - 1})

    @property
    def older(self) -> str:
        """The query of the page after."""
        return self.get_query_string({PAGE_VAR: self.page_num + 1})
