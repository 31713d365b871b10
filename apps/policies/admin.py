"""Access policies and rules: forms and changes of status; their page is a tab of their server's."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.policies import services, uses
from apps.policies.forms import LIFETIMES, PolicyForm, RuleForm, condition_fields
from apps.policies.models import ALL_CLIENTS, Policy, Rule
from apps.servers.admin.page import PartAdmin, tab_url
from apps.systemlog.admin.confirm import ask, is_confirmed
from apps.systemlog.admin.parts import (
    action,
    add_url,
    change_url,
    part_url,
    post_action,
    revoke_action,
    state,
)
from apps.systemlog.admin.service import actor_of, attempt
from apps.systemlog.entries import Actor
from authzsite.domain.conditions import CONDITIONS, GrantTypes, People, Scopes, load_all
from authzsite.domain.vocabulary import ANY_SCOPE

AT_START = (uses,)
"""What registers itself for pages of apps below."""
POLICY, RULE = "policies.Policy", "policies.Rule"


class StatusAdmin(PartAdmin):
    """A part that can be inactive; deactivating it ends what was issued under it (R15)."""

    tab = "policies"

    def row_pages(self) -> dict[str, Callable[..., HttpResponse]]:
        """Activate and deactivate."""
        verbs = ("activate", "deactivate")
        return {verb: partial(self.change_status, verb=verb) for verb in verbs}

    def call(self, verb: str, actor: Actor, obj: Any) -> Any:
        """Call the service `<verb>_policy` or `<verb>_rule`."""
        name = str(self.opts.model_name)
        service = getattr(services, f"{verb}_{name}")
        return service(actor=actor, server_id=self.server_id_of(obj), **{f"{name}_id": obj.pk})

    def remove(self, actor: Actor, obj: Any) -> None:
        """What was issued under it dies."""
        self.call("delete", actor, obj)

    def change_status(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Activate at once, deactivate after a question."""
        obj = self.found(request, object_id, change=True)
        back = tab_url(self.server_id_of(obj), self.tab)
        is_on = verb == "activate"
        if is_confirmed(request):
            done = _("%(what)s is active.") if is_on else _("%(what)s is inactive.")
            done = done % {"what": obj}
            attempt(request, lambda: self.call(verb, actor_of(request), obj), done)
            return HttpResponseRedirect(back)
        button = (_("Activate %(kind)s") if is_on else _("Deactivate %(kind)s")) % {
            "kind": self.label
        }
        return ask(
            request,
            title=f"{button} {obj}?",
            body=_("It is considered again; earlier tokens stay dead.")
            if is_on
            else _("It is no longer considered, and every token that was issued under it ends."),
            button=button,
            back=back,
            change=lambda: self.call(verb, actor_of(request), obj),
            cards=self.consequences(obj) if verb == "deactivate" else (),
            crumbs=self.page(request, obj)["crumbs"],
        )

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """With its status and the change of it."""
        head = super().page(request, obj)
        if obj is not None:
            head["page"]["status"] = state(obj.status, obj.get_status_display())
            head["page"]["actions"] = self.buttons(obj) if self.may_change(request, obj) else []
        return head

    def buttons(self, obj: Any) -> list[dict[str, Any]]:
        """What may be done with the whole of it."""
        name = str(self.opts.model_name)
        revoke = revoke_action(**{name: obj.pk})
        if obj.status == "ACTIVE":
            url = part_url(f"policies.{name}", obj.pk, "deactivate")
            return [revoke, action(_("Deactivate…"), url)]
        url = part_url(f"policies.{name}", obj.pk, "activate")
        return [revoke, post_action(_("Activate"), url, tone="primary", confirmed="1")]


@admin.register(Policy)
class PolicyAdmin(StatusAdmin):
    """For which clients the rules are read."""

    form = PolicyForm
    fields = ("name", "description", "priority", "all_clients", "chosen")
    label = gettext_lazy("access policy")

    def consequences(self, obj: Any) -> list[dict[str, Any]]:
        """Its rules."""
        return [{"value": obj.rules.count(), "label": _("rules")}]

    def buttons(self, obj: Any) -> list[dict[str, Any]]:
        """Rules are added from here too."""
        return [*super().buttons(obj), action(_("Add rule"), add_url(RULE, policy=obj.pk))]


@admin.register(Rule)
class RuleAdmin(StatusAdmin):
    """Who gets a token for what, and for how long."""

    form = RuleForm
    label = gettext_lazy("rule")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A part for each condition, then the lifetimes."""
        names: dict[type, list[str]] = {condition: [] for condition in CONDITIONS}
        for name, condition, _field in condition_fields():
            names[condition].append(name)
        return [
            (None, {"fields": ("name", "priority")}),
            *(
                (_(condition.label), {"fields": tuple(names[condition])})
                for condition in CONDITIONS
            ),
            (_("Lifetimes"), {"fields": LIFETIMES}),
        ]

    def server_id_of(self, obj: Any) -> str:
        """By way of the policy."""
        return str(obj.policy.server_id)

    def parent(self, request: HttpRequest) -> Policy:
        """The policy of a new rule."""
        found = Policy.objects.select_related("server")
        policy = found.filter(pk=request.GET.get("policy", "")).first()
        if policy is None:
            raise Http404
        return policy

    def parent_of(self, obj: Any) -> Policy:
        """The rule's policy."""
        return obj.policy

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """The policy is on the way."""
        head = super().page(request, obj)
        policy = self.parent_of(obj) if obj else self.parent(request)
        step = {"label": policy.name, "href": change_url(POLICY, policy.pk)}
        head["crumbs"].insert(-1, step)
        if obj is not None:
            head["page"]["actions"].insert(0, _try_rule(obj))
        return head


def _try_rule(rule: Rule) -> dict[str, Any]:
    """A request that the rule speaks of, to be filled in further and tried."""
    loaded = load_all(rule.conditions)
    stated = {one.name: one for one in ([] if isinstance(loaded, str) else loaded)}
    grants: Any = getattr(stated.get(GrantTypes.name), "include", ())
    scopes: Any = getattr(stated.get(Scopes.name), "include", ())
    users: Any = getattr(stated.get(People.name), "include_users", ())
    asked = {
        "client": next((pk for pk in rule.policy.clients if pk != ALL_CLIENTS), ""),
        "user": min(users, default=""),
        "grant_type": min(grants, default=""),
        "scope": " ".join(sorted(scopes - {ANY_SCOPE})) if scopes else "",
    }
    url = tab_url(rule.policy.server_id, "try")
    return action(_("Try it"), f"{url}?{urlencode({k: v for k, v in asked.items() if v})}")
