"""Forms of access policies and rules. A rule's conditions are generated from the domain's.

A condition that is added to `authzsite.domain.conditions` appears here by itself, as long as its
fields are of a known `kind`.
"""

from collections.abc import Callable, Iterator
from dataclasses import Field, fields
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.models import Client
from apps.directory.forms import groups_field, users_field
from apps.directory.models import Group, User
from apps.directory.selectors import everyone
from apps.policies.models import ALL_CLIENTS, Policy, Rule
from apps.policies.services import create_policy, create_rule, update_policy, update_rule
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.choosing import ChooseSeveral
from apps.systemlog.admin.fields import InstantField, LengthField
from apps.systemlog.admin.service import ServiceForm
from authzsite.domain import grant_types
from authzsite.domain.conditions import CONDITIONS, load_all
from authzsite.domain.vocabulary import ANY_SCOPE, EVERYONE, OIDC_SCOPES

LIFETIMES = ("access_token_minutes", "refresh_token_minutes", "refresh_window_minutes")
PLACE = forms.IntegerField(
    required=False,
    min_value=1,
    label=gettext_lazy("Place"),
    help_text=gettext_lazy("In the order of reading; empty is last."),
)


def _checkboxes(**kwargs: Any) -> forms.Field:
    return forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, **kwargs)


MAKERS: dict[str, Callable[..., forms.Field]] = {
    "grant_type": _checkboxes,
    "scope": _checkboxes,
    "user": users_field,
    "group": groups_field,
    "instant": InstantField,
}
ROWS: dict[str, type[User] | type[Group]] = {"user": User, "group": Group}


def condition_fields() -> Iterator[tuple[str, type, Field[Any]]]:
    """Every field of every condition: its name in the form, its condition, itself."""
    for condition in CONDITIONS:
        for spec in fields(condition):
            yield f"{condition.name}__{spec.name}", condition, spec


def _form_field(spec: Field[Any]) -> forms.Field:
    about = {
        "label": gettext_lazy(spec.metadata["label"]),
        "help_text": gettext_lazy(spec.metadata["help"]),
    }
    kind = spec.metadata["kind"]
    if kind == "instant":
        bound = gettext_lazy("In UTC; empty: no bound.")
        about["help_text"] = format_lazy("{} {}", about["help_text"], bound)
    return MAKERS[kind](**about) if kind == "instant" else MAKERS[kind](required=False, **about)


class RuleBase(ServiceForm):
    """A rule without its conditions."""

    parent: ClassVar[Policy]
    priority = PLACE
    access_token_minutes = LengthField(
        initial=60,
        label=gettext_lazy("Access token"),
        help_text=gettext_lazy("From 5 minutes to 1 day."),
    )
    refresh_token_minutes = LengthField(
        zero="unlimited",
        initial=0,
        label=gettext_lazy("Refresh token"),
        help_text=gettext_lazy("0 is unlimited; else at least as long as the access token."),
    )
    refresh_window_minutes = LengthField(
        initial=10080,
        label=gettext_lazy("Idle window"),
        help_text=gettext_lazy(
            "A refresh token that isn't used for so long expires: 10 minutes to 5 years."
        ),
    )

    class Meta:
        model = Rule
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._load()
        self._offer()
        self.initial["priority"] = self.instance.priority if not self.is_new else None

    def _load(self) -> None:
        """The conditions of the row into the fields; one that can't be read leaves them empty."""
        loaded = load_all(self.instance.conditions or [])
        stated = {type(one): one for one in ([] if isinstance(loaded, str) else loaded)}
        for name, condition, spec in condition_fields():
            if condition in stated:
                value = getattr(stated[condition], spec.name)
                self.initial[name] = _to_form(value, spec.metadata["kind"])

    def _offer(self) -> None:
        """The choices that depend on what is installed and defined."""
        scopes = self.parent.server.scopes.exclude(name__in=OIDC_SCOPES)
        defined = {*scopes.values_list("name", flat=True)}
        for name, _kind, spec in condition_fields():
            chosen = set(self.initial.get(name) or ())
            field: Any = self.fields[name]
            if spec.metadata["kind"] == "grant_type":
                known = {
                    one.name: f"{_(one.label)} ({one.name})" for one in grant_types.for_rules()
                }
                others = {name: name for name in sorted(chosen - known.keys())}
                field.choices = list((known | others).items())
            elif spec.metadata["kind"] == "scope":
                names = sorted((defined | chosen) - {ANY_SCOPE})
                field.choices = [(ANY_SCOPE, _("Any scope")), *((one, one) for one in names)]

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """The conditions as rows; one without any value is left out."""
        rows: dict[str, dict[str, Any]] = {}
        for name, condition, spec in condition_fields():
            value = _from_form(self.cleaned_data.get(name), spec.metadata["kind"])
            if value:
                row = rows.setdefault(condition.name, {"type": condition.name})  # type: ignore[attr-defined]
                row[spec.name] = value
        return list(rows.values())

    def perform(self) -> Rule:
        """Create or change the rule."""
        values = self.given("name", *LIFETIMES)
        if self.is_new or any(name in self.changed_data for name, _kind, _ in condition_fields()):
            values["conditions"] = self.conditions
        if "priority" in self.changed_data:
            values["priority"] = self.cleaned_data["priority"]
        server_id = self.parent.server_id
        if self.is_new:
            return create_rule(
                actor=self.actor, server_id=server_id, policy_id=self.parent.pk, **values
            )
        rule_id = self.instance.pk
        return update_rule(actor=self.actor, server_id=server_id, rule_id=rule_id, **values)


RuleForm: type[RuleBase] = type(
    "RuleForm",
    (RuleBase,),
    {
        "__doc__": "A rule with all conditions that exist.",
        "__module__": __name__,
        **{name: _form_field(spec) for name, _kind, spec in condition_fields()},
    },
)


def _to_form(value: Any, kind: str) -> Any:
    """A condition's value as a form shows it; those who don't exist any more are left out."""
    if kind not in ROWS:
        return sorted(value) if isinstance(value, frozenset) else value
    ids = {everyone().pk if one == EVERYONE else one for one in value}
    return sorted(ROWS[kind].objects.filter(pk__in=ids).values_list("pk", flat=True))


def _from_form(value: Any, kind: str) -> Any:
    """A form's value as a condition's row holds it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if kind not in ROWS:
        return value
    return [EVERYONE if getattr(one, "is_everyone", False) else one.pk for one in value or ()]


class PolicyForm(ServiceForm):
    """Whom a policy's rules are for."""

    parent: ClassVar[AuthorizationServer]
    priority = PLACE
    description = forms.CharField(
        required=False, help_text=gettext_lazy("Its name, when left empty.")
    )
    all_clients = forms.BooleanField(
        required=False,
        label=gettext_lazy("For all clients"),
        help_text=gettext_lazy("Now and later."),
    )
    chosen = forms.ModelMultipleChoiceField(
        Client.objects.all(),
        required=False,
        label=gettext_lazy("For these clients"),
        widget=ChooseSeveral(AuthorizationServer._meta.get_field("resource_servers"), admin.site),
        help_text=gettext_lazy(
            "Taking one away ends the tokens that were issued under the policy."
        ),
    )

    places = {"clients": "chosen"}

    class Meta:
        model = Policy
        fields = ("name", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clients = self.instance.clients
        self.initial["all_clients"] = ALL_CLIENTS in clients
        known = Client.objects.filter(pk__in=clients) if ALL_CLIENTS not in clients else []
        self.initial["chosen"] = [client.pk for client in known]
        self.initial["priority"] = None if self.is_new else self.instance.priority

    def clean(self) -> dict[str, Any]:
        """All, or some."""
        values = super().clean() or {}
        if not values.get("all_clients") and not values.get("chosen"):
            self.add_error("chosen", _("Choose clients, or make it a policy for all of them."))
        return values

    def perform(self) -> Policy:
        """Create or change the policy."""
        values = self.given("name", "description")
        if self.is_new or {"all_clients", "chosen"} & set(self.changed_data):
            chosen = [client.pk for client in self.cleaned_data["chosen"]]
            values["clients"] = [ALL_CLIENTS] if self.cleaned_data["all_clients"] else chosen
        if "priority" in self.changed_data:
            values["priority"] = self.cleaned_data["priority"]
        server_id = self.parent.pk
        if self.is_new:
            return create_policy(actor=self.actor, server_id=server_id, **values)
        policy_id = self.instance.pk
        return update_policy(actor=self.actor, server_id=server_id, policy_id=policy_id, **values)
