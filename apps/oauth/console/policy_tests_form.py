"""A policy test as people write it: names in place of ids, the expectation as one choice."""

from typing import Any, Final

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.oauth.console.typed import TypedNames, client_name_of, login_of
from apps.policies.models import PolicyTest, Rule
from apps.policies.services import create_policy_test, update_policy_test
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.service import ProblemsMixin
from apps.systemlog.entries import Actor
from authzsite.domain.grant_types import for_rules, has_user
from authzsite.domain.limits import MAX_SCOPE_PARAMETER_LENGTH
from authzsite.domain.validation import InvalidError

ALLOW, DENY = PolicyTest.Outcome.ALLOW, PolicyTest.Outcome.DENY
NAME_LENGTH: Final = 100


class PolicyTestForm(TypedNames, ProblemsMixin, forms.Form):
    """One row of the table."""

    places = {
        "client_id": "client",
        "user_id": "user",
        "rule_id": "expected",
        "outcome": "expected",
    }

    client = forms.CharField(
        label=gettext_lazy("Client"),
        max_length=255,
        help_text=gettext_lazy("A name, a client ID, or an id."),
    )
    grant_type = forms.ChoiceField(label=gettext_lazy("Grant type"))
    user = forms.CharField(
        required=False,
        label=gettext_lazy("User"),
        max_length=100,
        help_text=gettext_lazy("A login. Empty where a client acts for itself."),
    )
    scopes = forms.CharField(
        required=False,
        label=gettext_lazy("Scopes"),
        max_length=MAX_SCOPE_PARAMETER_LENGTH,
        help_text=gettext_lazy("With blanks between; empty: a request that names none."),
    )
    expected = forms.ChoiceField(label=gettext_lazy("Must get"))
    name = forms.CharField(
        required=False,
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("Empty: named by what it asks."),
    )

    def __init__(
        self, data: Any, server: AuthorizationServer, test: PolicyTest | None = None
    ) -> None:
        super().__init__(data, initial=_initial(test) if test else None)
        self.server, self.test = server, test
        kinds: Any = self.fields["grant_type"]
        kinds.choices = [(one.name, f"{_(one.label)} ({one.name})") for one in for_rules()]
        expected: Any = self.fields["expected"]
        expected.choices = expectations(server, test)
        for name in ("client", "user"):
            offers = {"data-typed": reverse("admin:typed", args=[name]), "autocomplete": "off"}
            self.fields[name].widget.attrs |= offers

    def clean(self) -> dict[str, Any]:
        """A user goes with a grant type that has one."""
        values = dict(super().clean() or {})
        with_user = has_user(values.get("grant_type", ""))
        if with_user and "user" in values and not values["user"]:
            self.add_error("user", _("This grant type is for a user: name one."))
        return values

    def write(self, actor: Actor) -> PolicyTest | None:
        """Through the service; what it refuses are errors of the form."""
        try:
            return self._written(actor)
        except InvalidError as error:
            self.add_problems(error)
            return None

    def _written(self, actor: Actor) -> PolicyTest:
        about: dict[str, Any] = {"actor": actor, "server_id": self.server.pk, **self._fields()}
        if self.test is None:
            return create_policy_test(**about)
        return update_policy_test(test_id=self.test.pk, **about)

    def _fields(self) -> dict[str, Any]:
        """As the services name them."""
        given = self.cleaned_data
        outcome, _sep, rule_id = given["expected"].partition(":")
        fields = {
            "client_id": given["client"],
            "user_id": given["user"] if has_user(given["grant_type"]) else "",
            "grant_type": given["grant_type"],
            "scopes": given["scopes"].split(),
            "outcome": outcome,
            "rule_id": rule_id,
        }
        return {**fields, "name": given["name"].strip() or self._free_name(fields)}

    def _free_name(self, fields: dict[str, Any]) -> str:
        """What it asks, in a few words; with a number where another one asks the same."""
        who = [client_name_of(fields["client_id"]), login_of(fields["user_id"])]
        words = ", ".join(filter(None, [*who, " ".join(fields["scopes"])]))
        base = words[: NAME_LENGTH - 5] or _("Test")
        others = PolicyTest.objects.filter(server=self.server, name__startswith=base)
        if self.test is not None:
            others = others.exclude(pk=self.test.pk)
        taken = set(others.values_list("name", flat=True))
        numbered = (f"{base} ({number})" for number in range(2, len(taken) + 2))
        return base if base not in taken else next(n for n in numbered if n not in taken)


def expectations(server: AuthorizationServer, test: PolicyTest | None = None) -> list[Any]:
    """What may be expected: a denial, any grant, or the grant of one rule, by policy."""
    found = Rule.objects.filter(policy__server=server).select_related("policy")
    by_policy: dict[str, list[tuple[str, str]]] = {}
    for rule in found.order_by("policy__priority", "priority"):
        label = _("allowed by rule %(rule)s") % {"rule": rule.name}
        by_policy.setdefault(rule.policy.name, []).append((f"{ALLOW}:{rule.pk}", label))
    known = {value for rules in by_policy.values() for value, _label in rules}
    old = f"{ALLOW}:{test.rule_id}" if test and test.rule_id else ""
    gone = [(old, _("allowed by a rule that is gone"))] if old and old not in known else []
    return [
        (ALLOW, _("allowed, by any rule")),
        (DENY, _("denied")),
        *gone,
        *by_policy.items(),
    ]


def _initial(test: PolicyTest) -> dict[str, Any]:
    return {
        "name": test.name,
        "client": client_name_of(test.client_id),
        "user": login_of(test.user_id),
        "grant_type": test.grant_type,
        "scopes": " ".join(test.scopes),
        "expected": f"{test.outcome}:{test.rule_id}" if test.rule_id else test.outcome,
    }
