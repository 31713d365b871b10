"""What an administrator picks to revoke: names in, rows out.

Plain fields, so that it works without a script: what belongs to a server can be picked once the
server is. An address may hold ids, as other pages link here, or what a person types.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients.models import TokenPolicy
from apps.oauth.console.typed import TypedNames, client_name_of, login_of
from apps.policies.models import Policy, Rule
from apps.policies.selectors import policies_of
from apps.servers.models import AuthorizationServer, Scope
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.systemlog.admin.service import ProblemsMixin
from apps.tokens.criteria import Criteria

ANY: Final = ("", "any")
MINUTE: Final = "%Y-%m-%dT%H:%M"
Choices = list[tuple[str, Any]]


class Moment(forms.DateTimeInput):
    """The browser's own picker, to the minute; without one, a text."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format=MINUTE)


class RevokeForm(TypedNames, ProblemsMixin, forms.Form):
    """Everything that is given must hold of a token."""

    user = forms.CharField(
        required=False,
        label=gettext_lazy("User"),
        max_length=100,
        help_text=gettext_lazy("A login, or an id."),
    )
    client = forms.CharField(
        required=False,
        label=gettext_lazy("Client"),
        max_length=255,
        help_text=gettext_lazy("A name, a client ID, or an id."),
    )
    server = forms.ChoiceField(required=False, label=gettext_lazy("Authorization server"))
    scope = forms.ChoiceField(required=False, label=gettext_lazy("Scope"))
    under = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Issued under"),
        help_text=gettext_lazy("A whole policy, or one of its rules."),
    )
    before = forms.DateTimeField(
        required=False,
        label=gettext_lazy("Issued before"),
        widget=Moment,
        help_text=gettext_lazy("UTC. What a refresh gave is as old as its sign-in."),
    )
    places = {"policy": "under", "rule": "under", "issued_before": "before"}

    def __init__(self, data: Mapping[str, str]) -> None:
        given = _filled_in(data)
        # Of which nothing has been asked yet, that complains of nothing.
        super().__init__(given if any(given.values()) else None)
        servers = AuthorizationServer.objects.order_by("name")
        self._choose("server", list(servers.values_list("pk", "name")))
        if server_id := given.get("server"):
            scopes = Scope.objects.filter(server=server_id).order_by("name")
            self._choose("scope", list(scopes.values_list("pk", "name")))
            self._choose("under", list(_policies(server_id)))
        else:
            del self.fields["scope"], self.fields["under"]
            self.fields["server"].help_text = _("With one, you can pick a scope and a rule of it.")

    def _choose(self, name: str, choices: Choices) -> None:
        field: Any = self.fields[name]
        field.choices = [ANY, *choices]

    @property
    def criteria(self) -> Criteria:
        """Of a form that is valid."""
        data = self.cleaned_data
        kind, _, ident = data.get("under", "").partition(":")
        return Criteria(
            user=data["user"],
            client=data["client"],
            server=data["server"],
            scope=data.get("scope", ""),
            **({kind: ident} if kind else {}),
            issued_before=data["before"],
        )


def criteria_fields(criteria: Criteria) -> list[tuple[str, str]]:
    """As they are posted with the answer: ids, so that what was shown is what is revoked."""
    names = ("user", "client", "server", "scope", "policy", "rule")
    fields = [(name, value) for name in names if (value := getattr(criteria, name))]
    before = criteria.issued_before
    return [*fields, ("before", before.isoformat())] if before else fields


def criteria_of(data: Mapping[str, str]) -> Criteria:
    """Back from the post; ValueError for a time that isn't one."""
    names = ("user", "client", "server", "scope", "policy", "rule")
    before = data.get("before")
    given = {name: data.get(name, "") for name in names}
    return Criteria(**given, issued_before=datetime.fromisoformat(before) if before else None)


def _filled_in(data: Mapping[str, str]) -> dict[str, str]:
    """The address's members as the form names them: people see names, not ids, and a scope or
    rule stands for its server."""
    given = {name: data.get(name, "").strip() for name in RevokeForm.base_fields}
    for kind in ("policy", "rule"):
        if data.get(kind):
            given["under"] = f"{kind}:{data[kind]}"
    given["user"] = login_of(given["user"])
    given["client"] = client_name_of(given["client"])
    given["server"] = given["server"] or _server_of(given)
    return given


def _server_of(given: Mapping[str, str]) -> str:
    kind, _sep, ident = given["under"].partition(":")
    found: Any = None
    if given["scope"]:
        found = Scope.objects.filter(pk=given["scope"]).values_list("server", flat=True)
    elif kind == "rule":
        found = Rule.objects.filter(pk=ident).values_list("policy__server", flat=True)
    elif kind == "policy":
        if TokenPolicy.objects.filter(pk=ident).exists():
            return ORGANIZATION_SERVER_ID
        found = Policy.objects.filter(pk=ident).values_list("server", flat=True)
    return str(found.first() or "") if found is not None else ""


def _policies(server_id: str) -> Iterable[tuple[str, Any]]:
    """Each policy with its rules; token policies of the organisation's server (R19)."""
    if AuthorizationServer.objects.filter(pk=server_id, is_organization=True).exists():
        for policy in TokenPolicy.objects.order_by("title"):
            yield f"policy:{policy.pk}", _("%(title)s (token policy)") % {"title": policy.title}
    for found in policies_of(server_id):
        rules = [(f"rule:{rule.pk}", rule.name) for rule in found.rules.all()]
        yield (
            found.name,
            [(f"policy:{found.pk}", _("%(name)s, all rules") % {"name": found.name}), *rules],
        )
