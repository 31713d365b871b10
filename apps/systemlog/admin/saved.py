"""Beside a list's filters: what the person has saved of it, by its address alone."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.http import HttpResponseRedirect as Redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.systemlog.admin.attempts import attempt
from apps.systemlog.models import SavedFilter
from apps.systemlog.services.saved_filters import (
    NAME_LENGTH,
    delete_filter,
    rename_filter,
    save_filter,
)
from authzsite.domain.tokens import seems_secret

NEW, RENAME, DELETE = "save", "rename", "delete"


def saved_panel(table: Any, request: HttpRequest) -> dict[str, Any]:
    """The member `saved` of `admin/change_list.html`. One statement."""
    here = kept_query(table, request, request.GET)
    rows = SavedFilter.objects.filter(user=request.user.pk, place=_place(table))
    found = [
        {
            "pk": row.pk,
            "name": row.name,
            "href": f"?{row.query}",
            "is_current": row.query == here,
        }
        for row in rows
    ]
    return {
        "url": reverse(f"admin:{_place(table).replace('.', '_')}_saved"),
        "rows": found,
        "query": here,
        "is_new": bool(here) and not any(one["is_current"] for one in found),
        "longest": NAME_LENGTH[1],
    }


def save_view(table: Any, request: HttpRequest) -> HttpResponse:
    """Name the list as it is, rename or delete; only one's own, and only of a list that the person
    may see. Back to the list."""
    if not table.has_view_permission(request):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    query = kept_query(table, request, QueryDict(request.POST.get("query", "")))
    name = request.POST.get("name", "")
    if RENAME in request.POST:
        row = _own(table, request, RENAME)
        attempt(request, lambda: rename_filter(row=row, name=name), _("Renamed."))
    elif DELETE in request.POST:
        row = _own(table, request, DELETE)
        attempt(request, lambda: delete_filter(row=row), _("%(name)s is deleted.") % {"name": row})
    else:
        given: dict[str, Any] = {"user": request.user, "place": _place(table)}
        attempt(
            request,
            lambda: save_filter(**given, name=name, query=query),
            _("Saved beside the filters."),
        )
    harmless = [pair for pair in parse_qsl(query) if not seems_secret(pair[1])]
    url = reverse(f"admin:{_place(table).replace('.', '_')}_changelist")
    return Redirect(f"{url}?{urlencode(harmless)}".rstrip("?"))


def kept_query(table: Any, request: HttpRequest, given: QueryDict) -> str:
    """What of an address says which rows: search, order and look-ups that the list offers, each
    once and in one order, without the place in the list."""
    kept = {
        name: str(value).strip()
        for name, value in given.items()
        if name in (SEARCH_VAR, ORDER_VAR) or table.lookup_allowed(name, value, request)
    }
    return urlencode(sorted((name, value) for name, value in kept.items() if value))


def _own(table: Any, request: HttpRequest, verb: str) -> SavedFilter:
    pk = request.POST[verb]
    rows = SavedFilter.objects.filter(user=request.user.pk, place=_place(table))
    row = rows.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    if row is None:
        raise Http404
    return row


def _place(table: Any) -> str:
    return f"{table.opts.app_label}.{table.opts.model_name}"
