"""Inline hooks: who is asked before tokens are signed, by the rules that name it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.management.hooks.inline_forms import InlineHookForm
from apps.management.hooks.outward import OutwardAdmin
from apps.policies.models import InlineHook, Rule
from apps.policies.services.inline_hooks import (
    activate_inline_hook,
    deactivate_inline_hook,
    delete_inline_hook,
)
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.parts import (
    action,
    badge_html,
    change_url,
    chip,
    joined,
    link,
    list_url,
    part_url,
    post_action,
    state,
    text,
)
from apps.systemlog.admin.service import actor_of, attempt
from apps.systemlog.entries import Actor

HOOK = "policies.InlineHook"
RULES_NAMED = 10


@admin.register(InlineHook)
class InlineHookAdmin(OutwardAdmin):
    """The list, and a hook's page."""

    form = InlineHookForm
    fieldsets = (
        (None, {"fields": ("name", "url", "version", "headers")}),
        (gettext_lazy("How the receiver knows us"), {"fields": ("auth_header", "auth_value")}),
    )
    list_display = ("name", "address", "status_badge", "version")
    ordering = ("name",)
    sortable_by = ("name",)

    def row_pages(self) -> dict[str, Callable[..., HttpResponse]]:
        """The changes of status."""
        verbs = ("activate", "deactivate")
        return {verb: partial(self.change_status, verb=verb) for verb in verbs}

    def change_status(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Ask it again, or stop asking it, after a question."""
        hook = self.found(request, object_id, change=True)
        back = change_url(HOOK, hook.pk)
        if is_confirmed(request):
            service = activate_inline_hook if verb == "activate" else deactivate_inline_hook
            attempt(request, lambda: service(actor=actor_of(request), hook=hook), _("Saved."))
            return HttpResponseRedirect(back)
        stops = _("Tokens are issued as if there were none: what it adds is missing.")
        goes_on = _("It is asked again, before each token of the rules that name it.")
        title = _("Activate %(name)s?") if verb == "activate" else _("Deactivate %(name)s?")
        return ask(
            request,
            title=title % {"name": hook},
            body=goes_on if verb == "activate" else stops,
            button=_("Activate") if verb == "activate" else _("Deactivate"),
            back=back,
            crumbs=self.page(request, hook)["crumbs"],
        )

    def remove(self, actor: Actor, obj: Any) -> None:
        """Refused while it is active or a rule names it."""
        delete_inline_hook(actor=actor, hook=obj)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Name, status, and the rules that ask it."""
        rules = Rule.objects.filter(hook_id=obj.pk).order_by("name")[:RULES_NAMED]
        names = joined(link(one.name, change_url("policies.Rule", one.pk)) for one in rules)
        page = {
            "title": obj.name,
            "status": state(obj.status, obj.get_status_display()),
            "facts": [
                [text(_("id ")), chip(obj.pk)],
                [text(_("asked by ")), *(names or [text(_("no rule"))])],
            ],
            "actions": self._levers(obj) if self.may_change(request, obj) else [],
        }
        crumbs = [{"label": _("Inline hooks"), "href": list_url(HOOK)}, {"label": obj.name}]
        return {"page": page, "crumbs": crumbs}

    def _levers(self, hook: Any) -> list[dict[str, Any]]:
        if hook.status == "ACTIVE":
            return [action(_("Deactivate…"), part_url(HOOK, hook.pk, "deactivate"))]
        url = part_url(HOOK, hook.pk, "activate")
        return [post_action(_("Activate"), url, tone="primary", confirmed="1")]

    @admin.display(description=gettext_lazy("URL"))
    def address(self, hook: InlineHook) -> SafeString:
        """Where it is asked."""
        return format_html('<code class="chip">{}</code>', hook.url)

    @admin.display(description=gettext_lazy("Status"))
    def status_badge(self, hook: InlineHook) -> SafeString:
        """Active or not."""
        return badge_html(hook.status, hook.get_status_display())
