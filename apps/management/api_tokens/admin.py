"""API tokens in the console: each administrator's own, and all of them for superusers."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.directory.models import User
from apps.management.api_tokens.forms import ApiTokenForm
from apps.management.api_tokens.models import ApiToken
from apps.management.api_tokens.services import revoke_api_token
from apps.systemlog.admin.parts import (
    action,
    badge,
    badge_html,
    change_url,
    chip,
    link,
    list_url,
    moment,
    part_url,
    text,
)
from apps.systemlog.admin.service import ServiceAdmin
from apps.systemlog.admin.used_by import SHOWN, Use, finds, links
from apps.systemlog.entries import Actor
from authzsite.domain.lifetimes import is_dead

TOKEN = "management.ApiToken"  # noqa: S105 - the name of a table
NO_STORE = "no-store, private"
SHOWN_ONCE = gettext_lazy(
    "It is shown this once: only its digest is kept. A program sends it as "
    "Authorization: SSWS and the token."
)


@finds("directory.User")
def tokens_of_user(user: User) -> list[Use]:
    """The API tokens that act as the user."""
    rows = ApiToken.objects.filter(owner=user).order_by("name")[: SHOWN + 1]
    return links(_("API tokens"), rows, lambda row: (row.name, change_url(TOKEN, row.pk)))


@admin.register(ApiToken)
class ApiTokenAdmin(ServiceAdmin):
    """Standing keys of programs to the management API."""

    form = ApiTokenForm
    fields = ("name", "owner", "expires_at")
    list_display = ("name", "ending", "whose", "used", "until", "made")
    list_select_related = ("owner",)
    found_by_beginning = ("name", "owner__login")
    search_help_text = gettext_lazy("The beginning of a name or of the owner's login.")
    ordering = ("name",)
    sortable_by = ("name", "made")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiToken]:
        """One's own; a superuser's are all."""
        found = super().get_queryset(request)
        return found if _is_superuser(request) else found.filter(owner=request.user.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Every administrator may have some: a token may do no more than its owner."""
        return bool(self.has_view_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A token is made and revoked, never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One's own; a superuser's are all. `get_queryset` finds nobody else's."""
        return bool(self.has_view_permission(request))

    def remove(self, actor: Actor, obj: Any) -> None:
        """It is refused from the next call on."""
        revoke_api_token(actor=actor, token_id=obj.pk)

    def consequences(self, obj: Any) -> list[dict[str, Any]]:
        """When somebody used it last."""
        return [{"value": moment(obj.last_used_at) or "never", "label": _("last used")}]

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Name, owner, and the way to its end."""
        crumbs = [{"label": _("API tokens"), "href": list_url(TOKEN)}]
        if obj is None:
            return {"crumbs": [*crumbs, {"label": _("New")}]}
        page = {
            "title": obj.name,
            "status": _standing(obj),
            "facts": [[chip(f"…{obj.last_four}")], [text(_("id ")), chip(obj.pk)]],
            "actions": [action(_("Revoke…"), part_url(TOKEN, obj.pk, "delete"), tone="danger")],
        }
        return {"page": page, "crumbs": [*crumbs, {"label": obj.name}]}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What is known of it."""
        return self._shown(request, self.found(request, object_id))

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Keep the text for this answer alone."""
        request.new_token = form.text  # type: ignore[attr-defined]
        return super().save_form(request, form, change)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The token in clear, this once."""
        secret = {
            "title": _("Copy the token of %(name)s now") % {"name": obj.name},
            "label": _("API token"),
            "explain": SHOWN_ONCE,
            "value": getattr(request, "new_token", ""),
            "id": "new-secret",
            "done": {"label": _("I have it"), "href": list_url(TOKEN)},
        }
        return self._shown(request, obj, secret)

    def _shown(
        self, request: HttpRequest, token: ApiToken, secret: dict[str, Any] | None = None
    ) -> HttpResponse:
        owner = link(str(token.owner), change_url("directory.User", token.owner_id))
        facts = [
            {"label": _("Owner"), "parts": [owner]},
            {"label": _("Made"), "text": moment(token.created)},
            {"label": _("Last used"), "text": moment(token.last_used_at) or _("not yet")},
            {"label": _("Expires"), "text": moment(token.expires_at) or _("when it is revoked")},
        ]
        sections = [{"heading": _("What it is"), "facts": facts}]
        response = self.shell(request, token, "", sections=sections, secret=secret)
        response.headers["Cache-Control"] = NO_STORE
        return response

    @admin.display(description=gettext_lazy("Token"))
    def ending(self, token: ApiToken) -> SafeString:
        """Its last characters, and whether it still works."""
        shown = _standing(token)
        return badge_html("ACTIVE" if shown["tone"] == "success" else "INACTIVE", shown["label"])

    @admin.display(description=gettext_lazy("Owner"), ordering="owner__login")
    def whose(self, token: ApiToken) -> str:
        """Who made it, and what it may do."""
        return str(token.owner)

    @admin.display(description=gettext_lazy("Last used"), ordering="last_used_at")
    def used(self, token: ApiToken) -> str:
        """To the minute."""
        return moment(token.last_used_at) or _("not yet")

    @admin.display(description=gettext_lazy("Expires"), ordering="expires_at")
    def until(self, token: ApiToken) -> str:
        """Its end."""
        return moment(token.expires_at) or _("when it is revoked")

    @admin.display(description=gettext_lazy("Made"), ordering="created")
    def made(self, token: ApiToken) -> str:
        """Its beginning."""
        return moment(token.created)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _standing(token: ApiToken) -> dict[str, str]:
    if token.expires_at is not None and is_dead(token.expires_at, timezone.now()):
        return badge(_("Expired"))
    is_alive = token.owner.is_active and token.owner.is_staff
    return (
        badge(_("Works"), "success") if is_alive else badge(_("Owner is no administrator"), "warn")
    )
