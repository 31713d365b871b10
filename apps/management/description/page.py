"""The console's page of the management API: groups of calls, and each call with its parameters,
bodies and answers. Plain HTML, so that it needs nothing that the console's policy forbids."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.management.description.document import Member, Operation, groups
from apps.systemlog.admin.parts import Part, chip, link, table, text

TONES: Final = {"GET": "info", "DELETE": "danger"}
TITLE: Final = gettext_lazy("Management API")


def description_urls(site: Any) -> list[URLPattern]:
    """To be mounted in the console."""
    view = site.admin_view
    return [
        path("api/", view(index_page), name="api"),
        path("api/<path:tag>/", view(group_page), name="api_group"),
    ]


def index_page(request: HttpRequest) -> TemplateResponse:
    """Every call in a line, by what it is about."""
    found = groups()
    count = sum(map(len, found.values()))
    page = {
        "title": TITLE,
        "facts": [
            [text(_("%(count)s calls") % {"count": count})],
            [text(_("Send ")), chip("Authorization: SSWS <API token>")],
            [text(_("or a token of the organisation's server, with the scope of the call"))],
        ],
    }
    sections = [
        {"title": tag, "id": tag.replace("/", "-"), "table": _lines(tag, calls)}
        for tag, calls in found.items()
    ]
    return _render(request, "index", page=page, crumbs=[{"label": TITLE}], sections=sections)


def group_page(request: HttpRequest, tag: str) -> TemplateResponse:
    """The calls of one group, whole."""
    calls = groups().get(tag)
    if calls is None:
        raise Http404
    crumbs = [{"label": TITLE, "href": reverse("admin:api")}, {"label": tag}]
    shown = [_shown(one) for one in calls]
    return _render(request, "group", page={"title": tag}, crumbs=crumbs, calls=shown)


def _lines(tag: str, calls: Iterable[Operation]) -> dict[str, Any]:
    group = reverse("admin:api_group", args=[tag])
    rows: list[list[Part]] = [
        [
            {"badge": _method(one)},
            {**link(one.path, f"{group}#{one.id}"), "hint": one.summary},
            {"parts": [chip(one.scope)] if one.scope else [text(_("public, or a client's own"))]},
        ]
        for one in calls
    ]
    return table((_("Method"), _("Path"), _("Smallest scope")), rows)


def _shown(one: Operation) -> dict[str, Any]:
    return {
        "id": one.id,
        "summary": one.summary,
        "path": one.path,
        "method": _method(one),
        "scope": one.scope,
        "parameters": _members(one.parameters) if one.parameters else None,
        "body": _members(one.body) if one.body else None,
        "answers": [
            {
                "status": answer.status,
                "text": answer.text,
                "table": _members(answer.members) if answer.members else None,
            }
            for answer in one.answers
        ],
        "refusals": table(
            (_("Status"), _("When")), [[text(a.status), text(a.text)] for a in one.refusals]
        ),
    }


def _method(one: Operation) -> dict[str, str]:
    return {"label": one.method, "tone": TONES.get(one.method, "success")}


def _members(found: Iterable[Member]) -> dict[str, Any]:
    rows: list[list[Part]] = [
        [
            {
                "parts": [chip(one.name)],
                "hint": _("required") if one.is_required else "",
                "kind": "nowrap",
            },
            text(one.kind),
            text(one.text),
        ]
        for one in found
    ]
    return table((_("Name"), _("Type"), _("Meaning")), rows)


def _render(request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
    full = {**admin.site.each_context(request), "title": context["page"]["title"], **context}
    return TemplateResponse(request, f"admin/management/api_{name}.html", full)
