"""What the list of events can be narrowed by: all of it stands in the address, and is combined.

Whose events they are is found by names first, then by their ids in the log, which are indexed. A
span of time becomes a span of ids, since ids follow time. Only a rule is looked for in the events'
bodies, a window of rows at a time.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.systemlog.events import CATALOGUE
from apps.systemlog.models import LogEvent
from apps.systemlog.tally import ACCESS, CLIENT_CREDENTIALS, CODE
from authzsite.domain.tokens import seems_secret

REFERENCE: Final = re.compile(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){3}")
FAMILIES: Final[Mapping[str, tuple[Any, tuple[str, ...]]]] = {
    "grants": (_("Tokens asked for"), ("app.oauth2.as.token.grant", "app.oauth2.as.authorize")),
    "clients": (_("Client authentication"), ("app.oauth2.invalid_client",)),
    "revocations": (
        _("Revocation and replay"),
        ("app.oauth2.as.token.revoke", "app.oauth2.as.token.detect", "app.oauth2.token.revoke"),
    ),
    "sessions": (
        _("Sign-in and sign-out"),
        ("user.session", "user.authentication", "app.oauth2.as.logout"),
    ),
    "consents": (_("Consent"), ("app.oauth2.as.consent",)),
    "servers": (_("Servers, policies, keys"), ("oauth2.", "policy.", "app.oauth2.as.key")),
    "applications": (
        _("Clients and secrets"),
        (
            *("application.", "app.oauth2.client.", "app.oauth2.credentials"),
            *("token_policy.", "login_policy."),
        ),
    ),
    "people": (_("Users and groups"), ("user.lifecycle", "user.account", "user.mfa", "group.")),
    "system": (
        _("Jobs, hooks, configuration files"),
        ("system.", "security.", "management.", "event_hook.", "inline_hook."),
    ),
}
SPANS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
OUT_OF_ORDER: Final = timedelta(hours=1)
"""Ids follow time, but for transactions that overlap and clocks that differ."""
NEAR: Final = 20
OWNERS: Final = {
    "user_id": ("directory.User", ("login",), ("login", "first_name", "last_name")),
    "client_id": ("clients.Client", ("client_id", "name"), ("name",)),
    "server_id": ("servers.AuthorizationServer", ("name",), ("name",)),
}
"""Column → the model that it refers to, and its names: whole, and by their beginnings."""
JWT: Final = re.compile(r"[\w-]{8,}\.[\w-]{8,}\.[\w-]*")


class Choice(admin.SimpleListFilter):
    """A filter over a fixed list: no DISTINCT over a large table."""

    options: Mapping[str, Any] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The fixed list."""
        return list(self.options.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows whose column has the chosen value; an unknown value is no filter."""
        value = self.value()
        if value not in self.options:
            return queryset
        return queryset.filter(**{str(self.parameter_name): value})


class OutcomeFilter(Choice):
    """How it ended."""

    title, parameter_name = _("outcome"), "outcome"
    options = {
        "SUCCESS": _("Success"),
        "FAILURE": _("Failure"),
        "ALLOW": _("Would be granted"),
        "DENY": _("Would be denied"),
    }


class SeverityFilter(Choice):
    """How much it matters."""

    title, parameter_name = _("severity"), "severity"
    options = {
        "DEBUG": _("Debug"),
        "INFO": _("Information"),
        "WARN": _("Warning"),
        "ERROR": _("Error"),
    }


class KindFilter(Choice):
    """What it is about: families of the catalogue."""

    title, parameter_name = _("what"), "what"
    options = {name: label for name, (label, _prefixes) in FAMILIES.items()}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Events of the family's types."""
        types = types_of(str(self.value()))
        return queryset.filter(event_type__in=types) if types else queryset


class SinceFilter(Choice):
    """From when on: so long ago, or a moment."""

    title, parameter_name = _("since"), "since"
    options = {"hour": _("Last hour"), "day": _("Last day"), "week": _("Last 7 days")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The usual spans, and a moment that somebody has chosen."""
        return [*super().lookups(request, model_admin), *chosen_moment(request, "since")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Events since then."""
        since = moment_of(self.value() or "")
        return queryset.filter(since_filter(since)) if since else queryset


class UntilFilter(Choice):
    """Until when."""

    title, parameter_name = _("until"), "until"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Only what somebody has chosen."""
        return chosen_moment(request, "until")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Events until then."""
        until = moment_of(self.value() or "")
        return queryset.filter(until_filter(until)) if until else queryset


class RuleFilter(admin.SimpleListFilter):
    """What one rule granted: the events that its count on the policies page counts, which leads
    here; nobody chooses among all rules."""

    title, parameter_name = _("rule"), "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Only the one of the address, by its name."""
        given = request.GET.get("rule", "")[:20]
        rules = apps.get_model("policies.Rule")._default_manager.filter(pk=given)
        return [(given, rules.values_list("name", flat=True).first() or given)] if given else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Decisions in which it allowed something (R11): a refresh continues one."""
        rule_id = str(self.value() or "")
        by_itself = Q(event_type=ACCESS, body__debugData__grantType=CLIENT_CREDENTIALS)
        granted = (Q(event_type=CODE) | by_itself) & Q(body__debugData__rule=rule_id)
        return queryset.filter(granted) if rule_id else queryset


def types_of(family: str) -> list[str]:
    """The types of a family; none for an unknown one."""
    prefixes = FAMILIES.get(family, ("", ()))[1]
    return [name for name in CATALOGUE if prefixes and name.startswith(prefixes)]


def moment_of(text: str) -> datetime | None:
    """`hour`, `day` and `week` ago, or an instant of ISO 8601, in UTC where it doesn't say."""
    if text in SPANS:
        return timezone.now() - SPANS[text]
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError:
        return None


def chosen_moment(request: HttpRequest, name: str) -> list[tuple[str, Any]]:
    """The choice that an address makes beside the usual ones."""
    given = request.GET.get(name, "")
    at = moment_of(given) if given not in SPANS else None
    return [(given, f"{at:%Y-%m-%d %H:%M}")] if at else []


def since_filter(since: datetime) -> Q:
    """Events from then on; by an index of time to the first id that it may be."""
    older = LogEvent.objects.filter(published__lt=since - OUT_OF_ORDER).order_by("-published")
    first = older.values_list("pk", flat=True).first()
    return Q(published__gte=since) & (Q(pk__gt=first) if first is not None else Q())


def until_filter(until: datetime) -> Q:
    """Events up to then; by an index of time to the last id that it may be."""
    newer = LogEvent.objects.filter(published__gt=until + OUT_OF_ORDER).order_by("published")
    last = newer.values_list("pk", flat=True).first()
    return Q(published__lte=until) & (Q(pk__lt=last) if last is not None else Q())


def span_of(query: QueryDict) -> Q:
    """The span of time of an address."""
    since, until = (moment_of(query.get(name, "")) for name in ("since", "until"))
    return (since_filter(since) if since else Q()) & (until_filter(until) if until else Q())


def search_of(term: str) -> tuple[Q, bool]:
    """What a search means, and whether an index finds it in the list's order.

    A reference; `=` the whole id or name of a user, client or server; `^`, or no sign, the
    beginning of a name. Who is none of these is looked for among those who did something, row by
    row. What looks like a token or secret is not searched for (row 295).
    """
    word = term.strip().lstrip("=^").strip()
    if not word or is_secret(word):
        return Q(pk__in=()), True
    if REFERENCE.fullmatch(word.upper()):
        return Q(reference=word.upper()), True
    is_whole = term.strip().startswith("=")
    found = {column: ids for column in OWNERS if (ids := ids_of(column, word, is_whole=is_whole))}
    if not found:
        how = "exact" if is_whole else "istartswith"
        return Q(**{f"actor_name__{how}": word}) | Q(actor_id=word), False
    either = Q()
    for column, ids in found.items():
        either |= Q(**{column: ids[0]} if len(ids) == 1 else {f"{column}__in": ids})
    return either, len(found) == 1 and all(len(ids) == 1 for ids in found.values())


def ids_of(column: str, word: str, *, is_whole: bool) -> list[str]:
    """Ids of those whose id or name it is, or whose names begin so; by indexes, a few at most."""
    label, whole, beginnings = OWNERS[column]
    asked = Q(pk=word)
    for name in whole:
        asked |= Q(**{name: word})
    for name in () if is_whole else beginnings:
        asked |= Q(**{f"{name}__istartswith": word})
    rows = apps.get_model(label)._default_manager.filter(asked).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:NEAR])


def id_of(column: str, text: str) -> str:
    """The id that somebody means who typed a name or an id; the text itself where nobody is."""
    return next(iter(ids_of(column, text.strip(), is_whole=True)), text.strip())


def is_secret(text: str) -> bool:
    """Whether it looks like a token or a secret of any kind."""
    return seems_secret(text) or JWT.fullmatch(text) is not None
