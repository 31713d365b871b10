"""Actions on several rows of a list: one service call per row, each outcome reported."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.systemlog.admin.attempts import actor_of, attempt, refusal_text
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.parts import Words
from apps.systemlog.entries import Actor
from authzsite.domain.validation import InvalidError

Change = Callable[[Actor, Any], Any]
AdminAction = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]
NAMES_SHOWN = 20


def bulk_action(
    name: str,
    label: Words,
    change: Change,
    *,
    done: Words,
    warning: Words = "",
    permission: str = "",
) -> AdminAction:
    """An action that calls `change` for each selected row; with a `warning` it asks first. It is
    for who may change the rows, and for who has the `permission`."""

    def run(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = list(queryset)
        if warning and not is_confirmed(request):
            return _question(request, name, label, warning, rows, change)
        each(request, rows, change, done)
        return None

    run.__name__ = name
    run.short_description = label  # type: ignore[attr-defined]
    run.permission = permission  # type: ignore[attr-defined]
    return run


def bulk_form(
    name: str,
    label: Words,
    form: type[Form],
    change: Callable[[Actor, Any, dict[str, Any]], Any],
    *,
    done: Words,
    body: Words,
) -> AdminAction:
    """An action that asks what else it needs, and calls `change` for each selected row with that:
    on all of them or, where one is refused, on none."""

    def run(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        rows = list(queryset)
        bound = form(request.POST if is_confirmed(request) else None)
        if not bound.is_valid():
            return ask(
                request,
                title=f"{label}: {len(rows)}",
                body=body,
                button=f"{label} ({len(rows)})",
                back=request.get_full_path(),
                names=_names(rows),
                fields=_selected(name, rows),
                form=bound,
                tone="primary",
            )
        actor, said = actor_of(request), bound.cleaned_data

        def all_of_them() -> None:
            for row in rows:
                change(actor, row, said)

        attempt(request, all_of_them, f"{len(rows)} {done}.")
        return None

    run.__name__ = name
    run.short_description = label  # type: ignore[attr-defined]
    return run


def each(request: HttpRequest, rows: list[Any], change: Change, done: Words) -> None:
    """Change row by row; what is refused is named, what is done is counted."""
    actor, count = actor_of(request), 0
    for row in rows:
        try:
            with transaction.atomic():
                change(actor, row)
            count += 1
        except InvalidError as error:
            messages.error(request, f"{row}: {refusal_text(error)}")
    if count:
        messages.success(request, f"{count} {done}.")


def _question(
    request: HttpRequest, name: str, label: Words, warning: Words, rows: list[Any], change: Change
) -> HttpResponse:

    def look() -> None:
        """Other copies of the rows are changed to see."""
        copies = [row._meta.model._default_manager.get(pk=row.pk) for row in rows]
        each(request, copies, change, "")

    return ask(
        request,
        title=f"{label}: {len(rows)}",
        body=warning,
        button=f"{label} ({len(rows)})",
        back=request.get_full_path(),
        change=look,
        names=_names(rows),
        fields=_selected(name, rows),
    )


def _names(rows: list[Any]) -> list[str]:
    shown = [str(row) for row in rows[:NAMES_SHOWN]]
    rest = len(rows) - len(shown)
    return [*shown, _("and %(rest)d more") % {"rest": rest}] if rest else shown


def _selected(name: str, rows: list[Any]) -> list[tuple[str, str]]:
    return [("action", name), *((ACTION_CHECKBOX_NAME, str(row.pk)) for row in rows)]
