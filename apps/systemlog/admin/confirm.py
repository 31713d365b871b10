"""The page that asks before a change that revokes: what dies, how many, and a button that says it.

The button posts `confirmed` back to the same address, so nothing ever changes by a GET.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

CONFIRMED = "confirmed"


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the person has read the page and pressed its button."""
    return request.method == "POST" and CONFIRMED in request.POST


def ask(
    request: HttpRequest,
    *,
    title: str,
    body: str,
    button: str,
    back: str,
    cards: Iterable[dict[str, Any]] = (),
    names: Iterable[str] = (),
    fields: Iterable[tuple[str, str]] = (),
    crumbs: Iterable[dict[str, str]] = (),
    form: Any = None,
) -> TemplateResponse:
    """The question; `fields` are posted back with the answer, `form` asks for more."""
    context = {
        **admin.site.each_context(request),
        "title": title,
        "page": {"title": title},
        "crumbs": list(crumbs),
        "body": body,
        "button": button,
        "back": back,
        "cards": list(cards),
        "names": list(names),
        "fields": [*fields, (CONFIRMED, "1")],
        "form": form,
    }
    return TemplateResponse(request, "admin/console/confirm.html", context)
