"""The list of clients and a client's settings."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.admin.assignments import show_assignments
from apps.clients.admin.page import CLIENT, client_page, secret_of
from apps.clients.admin.secrets import change_secret, show_secrets
from apps.clients.forms import ClientForm, NewClientForm
from apps.clients.models import Client
from apps.clients.services import activate_client, assign_group, deactivate_client, delete_client
from apps.directory.admin.group_pick import GroupPick
from apps.directory.admin.owned import OwnedAdmin
from apps.systemlog.admin.actions import bulk_action, bulk_form
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.parts import Words, badge_html, change_url, chips_html, list_url, moment
from apps.systemlog.admin.service import actor_of, attempt
from apps.systemlog.entries import Actor
from authzsite.domain.grant_types import short_name

DIES = gettext_lazy("Every token of the client ends at once, and it can't get new ones.")
FORM = (
    (None, {"fields": ("name", "grant_types", "token_policy", "owners")}),
    (
        gettext_lazy("Where it returns to"),
        {"fields": ("redirect_uris", "post_logout_redirect_uris")},
    ),
    (
        gettext_lazy("How it authenticates"),
        {"fields": ("token_endpoint_auth_method", "jwks", "jwks_uri", "pkce_required")},
    ),
    (gettext_lazy("Refresh tokens"), {"fields": ("rotation_type", "leeway")}),
    (
        gettext_lazy("What people and browsers see"),
        {
            "fields": (
                *("consent_method", "allowed_origins", "initiate_login_uri", "client_uri"),
                *("logo_uri", "tos_uri", "policy_uri"),
            )
        },
    ),
)
WITHOUT_TOKEN_POLICY = tuple(
    (title, {**part, "fields": tuple(one for one in part["fields"] if one != "token_policy")})
    for title, part in FORM
)
NEW_FORM = (
    (None, {"fields": ("name", "type", "client_id")}),
    (
        gettext_lazy("How it gets tokens"),
        {"fields": ("grant_types", "redirect_uris", "token_policy")},
    ),
    (gettext_lazy("How it authenticates"), {"fields": ("token_endpoint_auth_method", "jwks")}),
)


@admin.register(Client)
class ClientAdmin(OwnedAdmin):
    """Applications that get tokens."""

    form = ClientForm
    list_display = ("name", "client_id", "kind", "state", "grants", "changed")
    list_filter = ("type", "status")
    found_exactly = ("id", "client_id", "name")
    found_by_beginning = ("client_id", "name")
    search_help_text = gettext_lazy(
        "The beginning of a name or a client ID; = for the whole, or an id."
    )
    ordering = ("name",)
    sortable_by = ("name", "client_id", "changed")
    served = ("type__exact", "status__exact")
    actions = [
        bulk_action(
            "activate_clients",
            gettext_lazy("Activate clients"),
            lambda actor, client: activate_client(actor=actor, client=client),
            done=gettext_lazy("clients activated"),
        ),
        bulk_action(
            "deactivate_clients",
            gettext_lazy("Deactivate clients"),
            lambda actor, client: deactivate_client(actor=actor, client=client),
            done=gettext_lazy("clients deactivated"),
            warning=gettext_lazy(
                "Every token of these clients ends at once, and they can't get new ones."
            ),
        ),
        bulk_form(
            "assign_group_to_clients",
            gettext_lazy("Assign a group to clients"),
            GroupPick,
            lambda actor, client, said: assign_group(actor=actor, client=client, **said),
            done=gettext_lazy("clients are assigned to the group"),
            body=gettext_lazy(
                "Its members may use these clients; an assignment that is there is kept."
            ),
        ),
    ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """A new client is asked about less."""
        form = ClientForm if obj else NewClientForm
        return super().get_form(request, obj, change=change, form=form, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A token policy is for configuration clients."""
        if obj is None:
            return NEW_FORM
        return FORM if obj.type == Client.Type.CONFIG else WITHOUT_TOKEN_POLICY

    def remove(self, actor: Actor, obj: Any) -> None:
        """For good; its id is never used again."""
        delete_client(actor=actor, client=obj)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Keep the new secret for this answer alone."""
        request.new_secret = getattr(form, "secret", None)  # type: ignore[attr-defined]
        return super().save_form(request, form, change)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The new client's secrets, with the first one in clear, this once."""
        secret = getattr(request, "new_secret", None)
        if secret is None:
            return super().response_add(request, obj, change_url(CLIENT, obj.pk))
        return show_secrets(self, request, obj, secret=secret_of(obj, secret))

    def row_pages(self) -> dict[str, Callable[..., HttpResponse]]:
        """Its secrets, who is assigned, and its status."""
        return {
            "secrets": self.secrets,
            "assignments": self.assignments,
            "activate": self.activate,
            "deactivate": self.deactivate,
        }

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Name, status, client ID, tabs."""
        return client_page(request, obj, may_change=self.may_change(request, obj))

    def secrets(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Secrets: shown once, then known by their last four characters."""
        client = self.found(request, object_id, change=request.method == "POST")
        if request.method == "POST":
            return change_secret(self, request, client)
        return show_secrets(self, request, client)

    def assignments(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who may use it."""
        client = self.found(request, object_id, change=request.method == "POST")
        return show_assignments(self, request, client)

    def activate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let it be used again."""
        client = self.found(request, object_id, change=True)
        return self._answer(
            request,
            client,
            activate_client,
            _("%(client)s is active.") % {"client": client},
            _("Clients get tokens again; earlier ones stay dead."),
        )

    def deactivate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop it, after a question."""
        client = self.found(request, object_id, change=True)
        return self._answer(
            request,
            client,
            deactivate_client,
            _("%(client)s is inactive.") % {"client": client},
            DIES,
        )

    def _answer(
        self, request: HttpRequest, client: Client, service: Any, done: str, body: Words
    ) -> HttpResponse:
        back = change_url(CLIENT, client.pk)
        if is_confirmed(request):
            attempt(request, lambda: service(actor=actor_of(request), client=client), done)
            return HttpResponseRedirect(back)
        is_on = service is activate_client
        title = _("Activate %(client)s?") if is_on else _("Deactivate %(client)s?")
        return ask(
            request,
            title=title % {"client": client},
            body=body,
            button=_("Activate client") if is_on else _("Deactivate client"),
            back=back,
            change=lambda: service(
                actor=actor_of(request), client=Client.objects.get(pk=client.pk)
            ),
            crumbs=[
                {"label": _("Clients"), "href": list_url(CLIENT)},
                {"label": str(client), "href": back},
            ],
        )

    @admin.display(description=gettext_lazy("Type"))
    def kind(self, client: Client) -> str:
        """What it is."""
        return client.get_type_display()

    @admin.display(description=gettext_lazy("Status"))
    def state(self, client: Client) -> SafeString:
        """Whether it may be used."""
        return badge_html(client.status, client.get_status_display())

    @admin.display(description=gettext_lazy("Grant types"))
    def grants(self, client: Client) -> SafeString:
        """How it may ask for tokens."""
        return chips_html(map(short_name, client.grant_types))

    @admin.display(description=gettext_lazy("Changed"), ordering="last_updated")
    def changed(self, client: Client) -> str:
        """When it last changed."""
        return moment(client.last_updated)
