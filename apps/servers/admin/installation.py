"""Settings: the facts of this installation, and the lever that ends every token there is."""

import platform
from typing import Any, Final

import django
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.servers.models import Installation
from apps.servers.selectors import installation
from apps.servers.services import revoke_all_tokens, set_sign_in_rules
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.parts import action, chip, moment
from apps.systemlog.admin.service import ConsoleAdmin, actor_of

NEEDED: Final = (
    gettext_lazy("Require a second factor of administrators?"),
    gettext_lazy(
        "Whoever may open the console signs in only to add a passkey or an authenticator app until"
        " they have proved one, you included. Who has lost theirs is let in again by"
        " `manage.py breakglass`."
    ),
    gettext_lazy("Require a second factor"),
)
NOT_NEEDED: Final = (
    gettext_lazy("Let administrators in without a second factor?"),
    gettext_lazy("A password alone opens the console then, for those who have added no factor."),
    gettext_lazy("Don't require it"),
)


VERIFIED: Final = (
    gettext_lazy("Require verified e-mail addresses at sign-in?"),
    gettext_lazy(
        "Whoever has never followed a link that was sent to their address is sent one when they"
        " sign in, and is let in when they have followed it; you included. See that mail arrives"
        " first. `manage.py breakglass` lets an administrator in without one."
    ),
    gettext_lazy("Require verified addresses"),
)
UNVERIFIED: Final = (
    gettext_lazy("Let people in whose e-mail address was never verified?"),
    gettext_lazy("No link is sent any more when they sign in."),
    gettext_lazy("Don't require it"),
)
LEVERS: Final = {
    "sign-in": ("staff_need_second_factor", NOT_NEEDED, NEEDED),
    "verified": ("people_need_verified_email", UNVERIFIED, VERIFIED),
}
"""The last step of an address → the rule, and what is asked before it is off or on."""


@admin.register(Installation)
class InstallationAdmin(ConsoleAdmin):
    """One row; its list is the Settings page."""

    def get_urls(self) -> list[URLPattern]:
        """The levers."""
        revoke = self.admin_site.admin_view(self.revoke)
        rules = self.admin_site.admin_view(self.sign_in_rules)
        return [
            path("revoke/", revoke, name="servers_installation_revoke"),
            path("sign-in/", rules, {"at": "sign-in"}, name="servers_installation_sign_in"),
            path("verified/", rules, {"at": "verified"}, name="servers_installation_verified"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The facts, to be read."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = installation()
        common = self.admin_site.each_context(request)
        sections = [
            {"heading": _("Installation"), "facts": _installation(row)},
            {"heading": _("How it runs"), "facts": _runtime()},
        ]
        levers = [
            action(
                _("Second factor not needed…")
                if row.staff_need_second_factor
                else _("Require a second factor…"),
                reverse("admin:servers_installation_sign_in"),
            ),
            action(
                _("Verified addresses not needed…")
                if row.people_need_verified_email
                else _("Require verified addresses…"),
                reverse("admin:servers_installation_verified"),
            ),
            action(_("Revoke all tokens…"), reverse("admin:servers_installation_revoke")),
        ]
        page = {"title": _("Settings"), "actions": levers if self.may_change(request) else []}
        context = {**common, "page": page, "tabs": common["place_tabs"], "sections": sections}
        return TemplateResponse(request, "admin/console/tab.html", context)

    def sign_in_rules(self, request: HttpRequest, at: str) -> HttpResponse:
        """Turn a duty of those who sign in on or off, after a question."""
        if not self.may_change(request):
            raise PermissionDenied
        back = reverse("admin:servers_installation_changelist")
        rule, *asked = LEVERS[at]
        is_needed = not getattr(installation(), rule)
        if is_confirmed(request):
            set_sign_in_rules(actor=actor_of(request), **{rule: is_needed})
            messages.success(
                request,
                _("Saved. It counts from everybody's next sign-in on.")
                if at == "verified"
                else _("Saved. It counts from everybody's next page on."),
            )
            return HttpResponseRedirect(back)
        title, body, button = map(str, asked[is_needed])
        return ask(request, title=title, body=body, button=button, back=back)

    def revoke(self, request: HttpRequest) -> HttpResponse:
        """End every token of every server, after a question."""
        if not self.may_change(request):
            raise PermissionDenied
        back = reverse("admin:servers_installation_changelist")
        if is_confirmed(request):
            revoke_all_tokens(actor=actor_of(request))
            messages.success(request, _("Every token has ended."))
            return HttpResponseRedirect(back)
        return ask(
            request,
            title=_("Revoke every token of every server?"),
            body=_("All access and refresh tokens end at once. Clients and users start over."),
            button=_("Revoke all tokens"),
            back=back,
            change=lambda: revoke_all_tokens(actor=actor_of(request)),
        )


def _installation(row: Installation) -> list[dict[str, Any]]:
    return [
        {"label": _("Address"), "parts": [chip(settings.BASE_URL)]},
        {
            "label": _("Organisation"),
            "parts": [chip(row.organization)],
            "hint": _("The first segment of the configuration APIs' paths."),
        },
        {
            "label": _("Epoch"),
            "text": str(row.epoch),
            "hint": _("Rises when every token is revoked at once."),
        },
        {
            "label": _("Administrators' second factor"),
            "text": _("required") if row.staff_need_second_factor else _("not required"),
            "hint": _("Without one they sign in only to add one."),
        },
        {
            "label": _("Verified e-mail addresses"),
            "text": _("required") if row.people_need_verified_email else _("not required"),
            "hint": _("Without one, people follow a link that is sent to it when they sign in."),
        },
        {"label": _("Since"), "text": moment(row.created)},
    ]


def _runtime() -> list[dict[str, Any]]:
    database = {"sqlite": "SQLite (embedded)", "postgresql": "PostgreSQL"}
    return [
        {"label": _("Database"), "text": database.get(connection.vendor, connection.vendor)},
        {"label": _("Broker"), "text": "Redis" if settings.REDIS_URL else "Files (embedded)"},
        {"label": _("Debug mode"), "text": "on" if settings.DEBUG else "off"},
        {
            "label": _("Time zone"),
            "text": (
                _("%(TIME_ZONE)s: all times of the console") % {"TIME_ZONE": settings.TIME_ZONE}
            ),
        },
        {
            "label": _("Versions"),
            "text": f"Python {platform.python_version()}, Django {django.get_version()}",
        },
    ]
