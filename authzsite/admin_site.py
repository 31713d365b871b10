"""The console's frame: the menu in working order, the dashboard, and process views under /admin/.

Tables are ModelAdmins of their apps; `authzsite.menu` says what stands where. The pages are
templates: see `templates/admin/` and `templates/components/`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, URLResolver, path, reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from authzsite.menu import DASHBOARD, DASHBOARD_PARTS, MENU, Entry, Words, call, resolve_place


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line as the template shows it."""

    label: Words
    url: str
    icon: str
    badge: int | str | None
    badge_is_alert: bool
    is_current: bool
    tabs: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class MenuSection:
    """A group of lines as the template shows it."""

    label: Words
    items: list[MenuItem]


class AuthzAdminSite(admin.AdminSite):
    """The console: Django's admin with our menu, our dashboard and our pages."""

    name = "admin"
    site_header = site_title = "authzsite"
    index_title = gettext_lazy("Dashboard")
    site_url = None
    enable_nav_sidebar = False
    password_change_template = "admin/password_change_form.html"  # noqa: S105
    password_change_done_template = "admin/password_change_done.html"  # noqa: S105
    logout_template = "admin/logged_out.html"

    def register(self, model_or_iterable: Any, *args: Any, **options: Any) -> None:
        """Tables of ours alone: those of libraries would be written past the services, and show
        what nobody may see, such as second factors (rows 290, 292 and 293)."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        ours = [model for model in models if model.__module__.startswith("apps.")]
        super().register(ours, *args, **options)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the console's own pages before Django's, whose last pattern catches everything."""
        own = [
            path("styleguide/", self.admin_view(self.styleguide), name="styleguide"),
            path(
                "styleguide/<slug:sample>/",
                self.admin_view(self.styleguide),
                name="styleguide_sample",
            ),
        ]
        console_urls = import_string("apps.oauth.console.urls.console_urls")
        described = import_string("apps.management.description.page.description_urls")
        return [*own, *console_urls(self), *described(self), *super().get_urls()]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """What a POST does is looked at before it stays."""
        asked = import_string("apps.systemlog.admin.before.asked")
        show = import_string("apps.systemlog.admin.confirm.before_saving")
        return super().admin_view(asked(view, show), cacheable)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the menu, and the tabs of the place the person is at."""
        context = super().each_context(request)
        menu = self.menu(request) if context["has_permission"] else []
        here = next((item for section in menu for item in section.items if item.is_current), None)
        return {
            **context,
            "console_menu": menu,
            "place": here,
            "place_tabs": here.tabs if here else [],
        }

    def menu(self, request: HttpRequest) -> list[MenuSection]:
        """Return the sections and lines that exist and that this person may see."""
        sections = (MenuSection(label, list(self._items(request, lines))) for label, lines in MENU)
        return [section for section in sections if section.items]

    def _items(self, request: HttpRequest, entries: tuple[Entry, ...]) -> Iterator[MenuItem]:
        for entry in entries:
            places = entry.tabs or ((entry.label, entry.target),)
            seen = [(label, url) for label, to in places if (url := self._visible(request, to))]
            if not seen:
                continue
            urls = [*(url for label, url in seen), *map(resolve_place, entry.owns)]
            tabs = [
                {"label": label, "href": url, "is_current": _is_at(request, url)}
                for label, url in seen
            ]
            yield MenuItem(
                label=entry.label,
                url=seen[0][1],
                icon=entry.icon,
                badge=call(entry.badge, request) if entry.badge else None,
                badge_is_alert=entry.badge_is_alert,
                is_current=any(_is_at(request, url) for url in urls),
                tabs=tabs if len(tabs) > 1 else [],
            )

    def _visible(self, request: HttpRequest, target: str) -> str | None:
        """Return the address of a place, or None where it isn't there or isn't theirs to see."""
        url = resolve_place(target)
        if url is None or ":" in target:
            return url
        try:
            model_admin = self._registry.get(apps.get_model(target))
        except LookupError:
            return None
        return url if model_admin and model_admin.has_view_or_change_permission(request) else None

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the dashboard."""
        return super().index(request, {"dashboard": dashboard(request), **(extra_context or {})})

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in where everybody does: one limiter, one second factor."""
        try:
            sign_in = reverse("account_login")
        except NoReverseMatch:
            return super().login(request, extra_context)
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        if request.user.is_authenticated:
            return super().login(request, extra_context)
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), sign_in)

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Where everybody changes it: one limiter, and the tokens end (rows 238 and R15)."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def styleguide(self, request: HttpRequest, sample: str = "") -> HttpResponse:
        """Show every component, or one whole page, with made-up data; in debug mode only."""
        if not settings.DEBUG:
            raise Http404
        data: dict[str, Any] = json.loads(render_to_string("admin/styleguide/samples.json"))
        pages: dict[str, Any] = data.pop("pages")
        if sample and sample not in pages:
            raise Http404
        index = {"template": "admin/styleguide/index.html", "context": {}}
        page = pages.get(sample, index)
        context = {"title": _("Style guide"), **data, "samples": list(pages), **page["context"]}
        return TemplateResponse(
            request, page["template"], {**self.each_context(request), **context}
        )


def dashboard(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """Collect what the providers in `DASHBOARD` have to show, part by part, in their order."""
    parts: dict[str, list[dict[str, Any]]] = {name: [] for name in DASHBOARD_PARTS}
    for part, provider in DASHBOARD:
        parts[part] += call(provider, request)
    return parts


def _is_at(request: HttpRequest, url: str | None) -> bool:
    """Whether the request is for this place or below it; the dashboard counts for itself only."""
    if url is None:
        return False
    return request.path == url if url == reverse("admin:index") else request.path.startswith(url)
