"""Forms of a draft: the fields of the real ones, written into the draft and nowhere else."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.admin.helpers import AdminForm
from django.utils.translation import gettext_lazy as _

from apps.oauth.console.typed import client_name_of
from apps.policies.forms import LIFETIMES, PolicyForm, RuleForm, condition_fields
from apps.policies.models import ALL_CLIENTS, Policy, Rule
from apps.policies.services.what_if import MAX_DAYS
from apps.servers.models import AuthorizationServer
from apps.systemlog.entries import SYSTEM
from authzsite.domain.conditions import CONDITIONS

Draft = dict[str, Any]


class DaysForm(forms.Form):
    """How much of the log is replayed."""

    days = forms.IntegerField(
        label=_("Days of the log"), min_value=1, max_value=MAX_DAYS, initial=7
    )


class DraftPolicyForm(PolicyForm):
    """Whom a policy of the draft is for."""

    priority = None  # type: ignore[assignment]
    description = None  # type: ignore[assignment]

    class Meta:
        model = Policy
        fields = ("name",)

    def perform(self) -> Policy:
        """Nothing is written here; see `draft`."""
        return self.instance

    def draft(self, old: Mapping[str, Any] | None) -> Draft:
        """The policy of the draft, with what was typed."""
        given = self.cleaned_data
        chosen = [client.pk for client in given["chosen"]]
        clients = [ALL_CLIENTS] if given["all_clients"] else chosen
        return {"rules": [], **(old or {}), "name": given["name"], "clients": clients}


class DraftRuleForm(RuleForm):  # type: ignore[misc, valid-type]
    """Who gets what for how long, in the draft."""

    priority = None

    class Meta:
        model = Rule
        fields = ("name", *LIFETIMES)

    def perform(self) -> Rule:
        """Nothing is written here; see `draft`."""
        found: Rule = self.instance
        return found

    def draft(self, old: Mapping[str, Any] | None) -> Draft:
        """The rule of the draft, with what was typed."""
        given = {name: self.cleaned_data[name] for name in ("name", *LIFETIMES)}
        return {**(old or {}), **given, "conditions": self.conditions}


def parts_of(form: "forms.ModelForm[Any]") -> Any:
    """The fields in the parts of the real forms, for their template."""
    if isinstance(form, DraftPolicyForm):
        whole: Any = [(None, {"fields": ("name", "all_clients", "chosen")})]
        return AdminForm(form, whole, {})
    names: dict[type, list[str]] = {condition: [] for condition in CONDITIONS}
    for name, condition, _spec in condition_fields():
        names[condition].append(name)
    parts: Any = [
        (None, {"fields": ("name",)}),
        *((condition.label, {"fields": tuple(names[condition])}) for condition in CONDITIONS),
        (_("Lifetimes"), {"fields": LIFETIMES}),
    ]
    return AdminForm(form, parts, {})


def policy_form(
    data: Any, server: AuthorizationServer, old: Mapping[str, Any] | None
) -> DraftPolicyForm:
    """Of a policy of the draft, or of a new one."""
    row = Policy(server=server, **_members(old, ("name", "clients")))
    bound = type("BoundPolicyForm", (DraftPolicyForm,), {"parent": server, "actor": SYSTEM})
    form: DraftPolicyForm = bound(data, instance=row)
    return form


def rule_form(
    data: Any, server: AuthorizationServer, old: Mapping[str, Any] | None
) -> DraftRuleForm:
    """Of a rule of the draft, or of a new one."""
    policy = Policy(server=server)
    row = Rule(policy=policy, **_members(old, ("name", "conditions", *LIFETIMES)))
    bound = type("BoundRuleForm", (DraftRuleForm,), {"parent": policy, "actor": SYSTEM})
    form: DraftRuleForm = bound(data, instance=row)
    return form


def _members(old: Mapping[str, Any] | None, names: Sequence[str]) -> dict[str, Any]:
    return {name: old[name] for name in names if old is not None and name in old}


def client_names(clients: Sequence[str]) -> str:
    """For a sentence."""
    if ALL_CLIENTS in clients:
        return str(_("all clients"))
    return ", ".join(map(client_name_of, clients)) or str(_("no client"))
