"""The console's frame: the menu in working order, the dashboard, and a place for process views under /admin/.

Tables are ModelAdmins of their apps; this module names them by label only, so a part that isn't installed is left out
rather than being an error. The pages themselves are templates: see `templates/admin/` and `templates/components/`.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, URLResolver, path, reverse
from django.utils.module_loading import import_string

Badge = Callable[[HttpRequest], int | str | None]

COUNT_LIMIT = 10_000
"""Counts on the dashboard stop here: a page that is opened all day never counts a large table."""


@dataclass(frozen=True, slots=True)
class Place:
    """One page of the menu: a model's list (`app.Model`) or a named address (`admin:jobs`)."""

    label: str
    target: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu. Further places become tabs on the same line's pages; `owns` are models edited from there."""

    label: str
    target: str
    icon: str = "dot"
    badge: Badge | None = None
    badge_is_alert: bool = False
    first_label: str = ""
    places: tuple[Place, ...] = ()
    owns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A group of lines, with a heading or without."""

    label: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line as the template shows it."""

    label: str
    url: str
    icon: str
    badge: int | str | None
    badge_is_alert: bool
    is_current: bool
    tabs: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MenuSection:
    """A group as the template shows it."""

    label: str
    items: list[MenuItem]


def count_of(label: str) -> Badge:
    """Return a badge that counts a model's rows, up to `COUNT_LIMIT`; nothing where the model isn't installed."""

    def badge(request: HttpRequest) -> int | str | None:
        try:
            rows = apps.get_model(label)._default_manager.order_by()
        except LookupError:
            return None
        number: int = rows.values("pk")[: COUNT_LIMIT + 1].count()
        return f"{COUNT_LIMIT:,}+" if number > COUNT_LIMIT else number

    return badge


def count_card(label: str, target: str) -> Callable[[HttpRequest], list[dict[str, Any]]]:
    """Return a dashboard provider of one card: how many rows a model has, with a link to its list."""

    def cards(request: HttpRequest) -> list[dict[str, Any]]:
        value, url = count_of(target)(request), resolve_place(target)
        return (
            [] if value is None or url is None else [{"label": label, "value": value, "href": url}]
        )

    return cards


MENU = (
    Section(
        "",
        (
            Entry("Dashboard", "admin:index", "dashboard"),
            Entry(
                "Authorization servers",
                "servers.AuthorizationServer",
                "server",
                badge=count_of("servers.AuthorizationServer"),
                owns=(
                    "servers.Scope",
                    "servers.Claim",
                    "servers.SigningKey",
                    "policies.Policy",
                    "policies.Rule",
                ),
            ),
            Entry(
                "Clients",
                "clients.Client",
                "client",
                badge=count_of("clients.Client"),
                owns=("clients.ClientSecret",),
            ),
            Entry(
                "Directory",
                "directory.User",
                "people",
                first_label="Users",
                places=(
                    Place("Groups", "directory.Group"),
                    Place("Assignments", "clients.Assignment"),
                ),
            ),
        ),
    ),
    Section(
        "Operate",
        (
            Entry(
                "Tokens",
                "tokens.Grant",
                "token",
                first_label="Grants",
                places=(
                    Place("Refresh tokens", "tokens.RefreshToken"),
                    Place("Access tokens", "tokens.AccessToken"),
                ),
            ),
            Entry("System log", "systemlog.LogEvent", "log"),
            Entry("Jobs", "systemlog.RevocationJob", "job"),
        ),
    ),
    Section(
        "System",
        (
            Entry(
                "Settings",
                "servers.Installation",
                "settings",
                first_label="Installation",
                places=(Place("Token policies", "clients.TokenPolicy"),),
            ),
        ),
    ),
)
"""The menu in working order. An entry is shown when its place exists and the person may see it."""

DASHBOARD: tuple[tuple[str, Callable[[HttpRequest], list[dict[str, Any]]] | str], ...] = (
    ("cards", count_card("Authorization servers", "servers.AuthorizationServer")),
    ("cards", count_card("Clients", "clients.Client")),
    ("cards", count_card("Users", "directory.User")),
)
"""What the dashboard shows: (part, provider), a part being `cards`, `denials` or `attention`, a provider a callable
`(request) -> list of dicts` or its dotted path. The members of the dicts are listed in `templates/admin/index.html`."""


def resolve_place(target: str) -> str | None:
    """Return the address of a named page or of a model's list; None where there is none."""
    name = target
    if ":" not in target:
        app_label, model = target.lower().split(".")
        name = f"admin:{app_label}_{model}_changelist"
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


class AuthzAdminSite(admin.AdminSite):
    """The console: Django's admin with our menu, our dashboard and our pages."""

    name = "admin"
    site_header = site_title = "authzsite"
    index_title = "Dashboard"
    site_url = None
    enable_nav_sidebar = False
    password_change_template = "admin/password_change_form.html"  # noqa: S105
    password_change_done_template = "admin/password_change_done.html"  # noqa: S105
    logout_template = "admin/logged_out.html"

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
        return [*own, *super().get_urls()]

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
        sections = (
            MenuSection(section.label, list(self._items(request, section))) for section in MENU
        )
        return [section for section in sections if section.items]

    def _items(self, request: HttpRequest, section: Section) -> Iterator[MenuItem]:
        for entry in section.entries:
            places = [Place(entry.first_label or entry.label, entry.target), *entry.places]
            seen = [
                (place, url) for place in places if (url := self._visible(request, place.target))
            ]
            if not seen:
                continue
            owned = [resolve_place(target) for target in entry.owns]
            current = any(_is_at(request, url) for url in [*(url for _, url in seen), *owned])
            tabs = [
                {"label": place.label, "href": url, "is_current": _is_at(request, url)}
                for place, url in seen
            ]
            yield MenuItem(
                label=entry.label,
                url=seen[0][1],
                icon=entry.icon,
                badge=entry.badge(request) if entry.badge else None,
                badge_is_alert=entry.badge_is_alert,
                is_current=current,
                tabs=tabs if len(tabs) > 1 else [],
            )

    def _visible(self, request: HttpRequest, target: str) -> str | None:
        """Return the address of a place, or None where it doesn't exist or isn't this person's to see."""
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
    ) -> HttpResponse:
        """Show the dashboard."""
        return super().index(request, {"dashboard": dashboard(request), **(extra_context or {})})

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in where everybody does (one limiter, one second factor), if that page is installed."""
        try:
            sign_in = reverse("account_login")
        except NoReverseMatch:
            return super().login(request, extra_context)
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        if request.user.is_authenticated:
            return super().login(request, extra_context)
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), sign_in)

    def styleguide(self, request: HttpRequest, sample: str = "") -> HttpResponse:
        """Show every component, or one whole page, with made-up data; in debug mode only."""
        if not settings.DEBUG:
            raise Http404
        data = json.loads(render_to_string("admin/styleguide/samples.json"))
        pages = data.pop("pages")
        if sample and sample not in pages:
            raise Http404
        chosen = (
            pages[sample] if sample else {"template": "admin/styleguide/index.html", "context": {}}
        )
        context = {
            **self.each_context(request),
            "title": "Style guide",
            **data,
            "samples": list(pages),
        }
        return TemplateResponse(request, chosen["template"], {**context, **chosen["context"]})


def dashboard(request: HttpRequest) -> dict[str, list[dict[str, Any]]]:
    """Collect what the providers in `DASHBOARD` have to show, part by part, in their order."""
    parts: dict[str, list[dict[str, Any]]] = {"cards": [], "denials": [], "attention": []}
    for part, provider in DASHBOARD:
        call = import_string(provider) if isinstance(provider, str) else provider
        parts[part] += call(request)
    return parts


def _is_at(request: HttpRequest, url: str | None) -> bool:
    """Whether the request is for this place or below it; the dashboard, above everything, only counts for itself."""
    if url is None:
        return False
    return request.path == url if url == reverse("admin:index") else request.path.startswith(url)
