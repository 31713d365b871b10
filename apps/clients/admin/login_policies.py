"""Login policies: where a client's users sign in, as Identity Cloud's tools describe it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.models import LoginPolicy
from apps.clients.services import (
    IdentityStore,
    create_login_policy,
    delete_login_policy,
    update_login_policy,
)
from apps.clients.services.login_policies import STORE_TYPE, USERINFO
from apps.systemlog.admin.fields import LinesField
from apps.systemlog.admin.listing import counted
from apps.systemlog.admin.parts import change_url, chip, joined, link, list_url, text
from apps.systemlog.admin.service import ServiceAdmin, ServiceForm
from apps.systemlog.entries import Actor

POLICY = "clients.LoginPolicy"
CLIENTS_NAMED = 10
CHANGED = ("title", "login_url", "custom_claims")
STORE = ("store_domain", "application_id", "entity_type", "owner_client_id")


class LoginPolicyForm(ServiceForm):
    """What can be changed; the identity store and its owner's secret are given once."""

    custom_claims = LinesField(
        required=False,
        label=gettext_lazy("Claims of userinfo"),
        help_text=gettext_lazy("One per line, claim: path of an attribute. departments: job.unit"),
    )
    owner_secret = forms.CharField(
        strip=False,
        label=gettext_lazy("Owner secret"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        help_text=gettext_lazy("Sealed; it is never shown again."),
    )

    class Meta:
        model = LoginPolicy
        fields = ("title", "login_url", *STORE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mapped = (self.instance.custom_claims or {}).get(USERINFO, {})
        self.initial["custom_claims"] = [f"{name}: {path}" for name, path in mapped.items()]
        if not self.is_new:
            del self.fields["owner_secret"]

    def clean_custom_claims(self) -> dict[str, dict[str, str]]:
        """As a map below userinfo; the service judges it."""
        pairs = (line.partition(":") for line in self.cleaned_data["custom_claims"])
        mapped = {name.strip(): path.strip() for name, _sep, path in pairs}
        return {USERINFO: mapped} if mapped else {}

    def perform(self) -> LoginPolicy:
        """Create or change the policy."""
        values = self.given(*CHANGED)
        if not self.is_new:
            return update_login_policy(actor=self.actor, policy=self.instance, **values)
        given = self.cleaned_data
        store = IdentityStore(
            store_type=STORE_TYPE,
            store_domain=given["store_domain"],
            application_id=given["application_id"],
            entity_type=given["entity_type"],
            owner_client_id=given["owner_client_id"],
        )
        secret = given["owner_secret"]
        return create_login_policy(actor=self.actor, store=store, owner_secret=secret, **values)


@admin.register(LoginPolicy)
class LoginPolicyAdmin(ServiceAdmin):
    """The list, and a policy's page. No token stands on it."""

    revokes_nothing = True
    form = LoginPolicyForm
    list_display = ("title", "login_url", "store_domain", "used_by")
    found_by_beginning = ("title",)
    ordering = ("title",)
    sortable_by = ("title",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the number of clients."""
        return super().get_queryset(request).annotate(users=counted(LoginPolicy, "clients"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The store is given once: then it is shown."""
        once = STORE if obj else (*STORE, "owner_secret")
        return [
            (None, {"fields": CHANGED}),
            (_("Identity store, given once and for good"), {"fields": once}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """See `get_fieldsets`."""
        return STORE if obj else ()

    def remove(self, actor: Actor, obj: Any) -> None:
        """Refused while a client uses it."""
        delete_login_policy(actor=actor, policy=obj)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Title, id, and who uses it."""
        clients = obj.clients.order_by("name")[:CLIENTS_NAMED]
        names = joined(link(one.name, change_url("clients.Client", one.pk)) for one in clients)
        used_by = names or [text(_("no client"))]
        page = {
            "title": obj.title,
            "facts": [[text(_("id ")), chip(obj.pk)], [text(_("used by ")), *used_by]],
        }
        crumbs = [{"label": _("Login policies"), "href": list_url(POLICY)}, {"label": obj.title}]
        return {"page": page, "crumbs": crumbs}

    @admin.display(description=gettext_lazy("Clients"))
    def used_by(self, policy: Any) -> int:
        """How many use it."""
        return int(policy.users)
