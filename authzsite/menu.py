"""What stands where in the console: the lines of its menu and the parts of its dashboard.

Models are named by label and providers by path, so a part that isn't installed is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

Words = str | Promise
Badge = Callable[[HttpRequest], int | str | None]

COUNT_LIMIT = 10_000
"""Counts stop here: a page that is opened all day never counts a large table."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: a model's list (`app.Model`) or a named address (`admin:jobs`)."""

    label: Words
    target: str
    icon: str = "dot"
    badge: Badge | str | None = None
    """A callable or its dotted path."""
    badge_is_alert: bool = False
    tabs: tuple[tuple[Words, str], ...] = ()
    """Several lists under one line: (label, target) each, the line's own first."""
    owns: tuple[str, ...] = ()
    """Models that are reached from here, so that the line stays marked on their pages."""


def count_of(label: str) -> Badge:
    """Return a badge that counts a model's rows, up to `COUNT_LIMIT`."""

    def badge(request: HttpRequest) -> int | str | None:
        try:
            rows = apps.get_model(label)._default_manager.order_by()
        except LookupError:
            return None
        number: int = rows.values("pk")[: COUNT_LIMIT + 1].count()
        return f"{COUNT_LIMIT:,}+" if number > COUNT_LIMIT else number

    return badge


def count_card(label: Words, target: str) -> Callable[[HttpRequest], list[dict[str, Any]]]:
    """Return a dashboard provider of one card: a model's count, with a link to its list."""

    def cards(request: HttpRequest) -> list[dict[str, Any]]:
        value, url = count_of(target)(request), resolve_place(target)
        return (
            [] if value is None or url is None else [{"label": label, "value": value, "href": url}]
        )

    return cards


MENU: tuple[tuple[Words, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry(_("Dashboard"), "admin:index", "dashboard"),
            Entry(
                _("Authorization servers"),
                "servers.AuthorizationServer",
                "server",
                badge=count_of("servers.AuthorizationServer"),
                owns=(
                    *("servers.Scope", "servers.Claim", "servers.SigningKey"),
                    *("policies.Policy", "policies.Rule"),
                ),
            ),
            Entry(
                _("Reviews"),
                "admin:reviews",
                "check",
                badge="apps.oauth.console.reviews.open_badge",
                badge_is_alert=True,
            ),
            Entry(_("Clients"), "clients.Client", "client", badge=count_of("clients.Client")),
            Entry(
                _("Directory"),
                "directory.User",
                "people",
                tabs=((_("Users"), "directory.User"), (_("Groups"), "directory.Group")),
                owns=("clients.UserAssignment", "clients.GroupAssignment"),
            ),
        ),
    ),
    (
        _("Operate"),
        (
            Entry(
                _("Tokens"),
                "tokens.Grant",
                "token",
                tabs=(
                    (_("Grants"), "tokens.Grant"),
                    (_("Access tokens"), "tokens.AccessToken"),
                    (_("Consents"), "tokens.Consent"),
                    (_("Token doctor"), "admin:tokens_doctor"),
                ),
            ),
            Entry(_("System log"), "systemlog.LogEvent", "log"),
            Entry(
                _("Jobs"),
                "admin:jobs",
                "job",
                badge="apps.systemlog.admin.jobs_dashboard.open_badge",
                badge_is_alert=True,
                tabs=(
                    (_("Now"), "admin:jobs"),
                    (_("All revocations"), "systemlog.RevocationJob"),
                    (_("Event hook deliveries"), "management.EventDelivery"),
                ),
            ),
        ),
    ),
    (
        _("System"),
        (
            Entry(
                _("Settings"),
                "servers.Installation",
                "settings",
                tabs=(
                    (_("Installation"), "servers.Installation"),
                    (_("Token policies"), "clients.TokenPolicy"),
                    (_("Login policies"), "clients.LoginPolicy"),
                    (_("Inline hooks"), "policies.InlineHook"),
                    (_("Event hooks"), "management.EventHook"),
                    (_("API tokens"), "management.ApiToken"),
                ),
            ),
            Entry(_("Management API"), "admin:api", "code"),
        ),
    ),
)
"""The menu in working order. A line is shown when its place exists and the person may see it."""

Provider = Callable[[HttpRequest], list[dict[str, Any]]]
DASHBOARD: tuple[tuple[str, Provider | str], ...] = (
    ("cards", count_card(_("Authorization servers"), "servers.AuthorizationServer")),
    ("cards", count_card(_("Clients"), "clients.Client")),
    ("cards", count_card(_("Users"), "directory.User")),
    ("cards", "apps.systemlog.admin.jobs_dashboard.cards"),
    ("charts", "apps.oauth.console.dashboard_figures.charts"),
    ("tables", "apps.oauth.console.dashboard_figures.tables"),
    ("denials", "apps.oauth.console.dashboard.denials"),
    ("attention", "apps.systemlog.admin.jobs_dashboard.attention"),
    ("attention", "apps.management.hooks.admin.attention.attention"),
    ("attention", "apps.oauth.console.dashboard.attention"),
    ("attention", "apps.oauth.console.dashboard_attention.keys"),
    ("attention", "apps.oauth.console.dashboard_attention.rules"),
    ("attention", "apps.oauth.console.dashboard_attention.clients"),
)
DASHBOARD_PARTS = ("cards", "charts", "tables", "denials", "attention")
"""What the dashboard shows, as (part, provider), and the parts in the order of the page;
a provider is a callable or its dotted path. `templates/admin/index.html` names the members."""


def call(provider: Callable[[HttpRequest], Any] | str, request: HttpRequest) -> Any:
    """Ask a provider, or the one at a dotted path."""
    return (import_string(provider) if isinstance(provider, str) else provider)(request)


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
