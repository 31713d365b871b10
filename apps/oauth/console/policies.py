"""A server's access policies as one page that reads like sentences, in the order of evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.clients.models import ActiveStatus, Client
from apps.oauth.console.names import named, names_of
from apps.oauth.console.policy_order import place_form
from apps.oauth.console.rule_health import Known, finding
from apps.policies.compile import compile_policy, compile_rule
from apps.policies.models import ALL_CLIENTS, Policy, Rule
from apps.policies.selectors import policies_of
from apps.servers.admin.page import tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import (
    Part,
    action,
    add_url,
    change_url,
    joined,
    link,
    list_url,
    minutes,
    part_url,
    state,
    text,
)
from apps.systemlog.models import LogEvent
from apps.systemlog.tallies import grants_by_rule
from apps.systemlog.tally import REFUSALS
from authzsite.domain import grant_types
from authzsite.domain.conditions import GrantTypes
from authzsite.domain.fragments import Fragment
from authzsite.domain.policy_types import Rule as DomainRule
from authzsite.domain.rule_sentence import rule_sentence
from authzsite.domain.shadowing import Shadow, shadowed

POLICY, RULE, CLIENT = "policies.Policy", "policies.Rule", "clients.Client"
LOG = "systemlog.LogEvent"
CLIENTS_NAMED = 12
DAY, WEEK = timedelta(days=1), timedelta(days=7)
DENIALS_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class _Page:
    """What every row of the page reads."""

    url: str
    """Where its forms post to."""
    server_id: str
    """Empty for a state that isn't the present one: nothing of now is told about it."""
    compiled: Mapping[str, DomainRule]
    sentences: Mapping[str, tuple[Fragment, ...]]
    names: Mapping[str, str]
    clients: Mapping[str, str]
    shadows: Mapping[str, Shadow]
    known: Known | None
    day: Mapping[str, int]
    week: Mapping[str, int]
    may_change: bool


def policies_context(server: AuthorizationServer, may_change: bool) -> dict[str, Any]:
    """What `admin/server/policies.html` shows."""
    policies = list(policies_of(server.pk))
    may_add = {"label": _("Add policy"), "href": add_url(POLICY, server=server.pk)}
    return {
        "policies": shown_policies(policies, may_change=may_change, server=server),
        "reading": _reading(server),
        "add": may_add if may_change else {},
        "reorder": {"href": tab_url(server.pk, "policies")} if may_change else {},
    }


def shown_policies(
    policies: list[Policy], *, may_change: bool, server: AuthorizationServer | None = None
) -> list[dict[str, Any]]:
    """Policies with their rules (`policy.rules.all()`), saved or not, as the template reads them;
    eight statements at most. With the server they are the present ones: what their rules did, and
    what they name that is gone, is told, too."""
    page = _page(server, policies, may_change)
    return [_policy(page, policy, len(policies)) for policy in policies]


def _page(server: AuthorizationServer | None, policies: list[Policy], may_change: bool) -> _Page:
    compiled = {rule.pk: compile_rule(rule) for one in policies for rule in one.rules.all()}
    book = tuple(
        compile_policy(one, tuple(compiled[rule.pk] for rule in one.rules.all()))
        for one in policies
    )
    sentences = {pk: rule_sentence(rule) for pk, rule in compiled.items()}
    names = names_of(part for sentence in sentences.values() for part in sentence)
    now, server_id = timezone.now(), server.pk if server else ""
    known = None
    if server is not None:
        scopes = frozenset(server.scopes.values_list("name", flat=True))
        known = Known(names, scopes, now)
    return _Page(
        tab_url(server_id, "policies") if server else "",
        server_id,
        compiled,
        sentences,
        names,
        _client_names(policies),
        shadowed(book),
        known,
        grants_by_rule(server_id, now - DAY) if server else {},
        grants_by_rule(server_id, now - WEEK) if server else {},
        may_change,
    )


def _client_names(policies: list[Policy]) -> dict[str, str]:
    ids = {pk for policy in policies for pk in policy.clients if pk != ALL_CLIENTS}
    return dict(Client.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _policy(page: _Page, policy: Policy, count: int) -> dict[str, Any]:
    rules = list(policy.rules.all())
    return {
        "id": policy.pk,
        "position": policy.priority,
        "name": policy.name,
        "href": change_url(POLICY, policy.pk),
        "status": state(policy.status, policy.get_status_display()),
        "is_active": policy.status == ActiveStatus.ACTIVE,
        "audience": _audience(policy, page.clients),
        "actions": _policy_actions(policy) if page.may_change else [],
        "place": place_form(page.url, policy.name, policy.priority, count, policy=policy.pk)
        if page.may_change
        else {},
        "rules": [_rule(page, rule, len(rules)) for rule in rules],
    }


def _audience(policy: Policy, clients: Mapping[str, str]) -> list[Part]:
    if ALL_CLIENTS in policy.clients:
        return [text(_("for all clients"))]
    known = [pk for pk in policy.clients if pk in clients]
    shown = joined(link(clients[pk], change_url(CLIENT, pk)) for pk in known[:CLIENTS_NAMED])
    rest = len(known) - CLIENTS_NAMED
    more = [link(_(" and %d more") % rest, change_url(POLICY, policy.pk))] if rest > 0 else []
    nobody = [text(_("for no client: its rules never match"))]
    return [text(_("for clients ")), *shown, *more] if shown else nobody


def _policy_actions(policy: Policy) -> list[Part]:
    return [
        action(_("Add rule"), add_url(RULE, policy=policy.pk), size="small"),
        action(_("Edit"), change_url(POLICY, policy.pk), size="small"),
    ]


def _rule(page: _Page, rule: Rule, count: int) -> dict[str, Any]:
    compiled = page.compiled[rule.pk]
    is_active = rule.status == ActiveStatus.ACTIVE
    found = finding(compiled, page.shadows.get(rule.pk), page.known, page.url)
    status = None if is_active else state(rule.status, rule.get_status_display())
    is_told = found is not None and is_active
    return {
        "id": rule.pk,
        "position": rule.priority,
        "name": rule.name,
        "href": change_url(RULE, rule.pk),
        "is_active": is_active,
        "status": found.badge if found and is_told else status,
        "sentence": named(page.sentences[rule.pk], page.names),
        "note": found.note if found and is_told else [],
        "helps": found.actions if found and is_told and page.may_change else [],
        "lifetimes": rule_lifetimes(compiled),
        "actions": _rule_actions(rule) if page.may_change else [],
        "place": place_form(page.url, rule.name, rule.priority, count, rule=rule.pk)
        if page.may_change
        else {},
        "volume": _volume(page, rule) if page.server_id else {},
    }


def _volume(page: _Page, rule: Rule) -> dict[str, Any]:
    """What it granted, as the log has it: of the last day, and of a week."""
    day, week = page.day.get(rule.pk, 0), page.week.get(rule.pk, 0)
    about = {"server_id": page.server_id, "rule": rule.pk}
    return {
        "text": f"{day:,}",
        "href": list_url(LOG, **about, since="day") if day else "",
        "per": _("day"),
        "week": _("%(count)s in 7 days") % {"count": f"{week:,}"},
        "week_href": list_url(LOG, **about, since="week") if week else "",
    }


def _rule_actions(rule: Rule) -> list[Part]:
    verb = "deactivate" if rule.status == ActiveStatus.ACTIVE else "activate"
    words = _("Deactivate…") if verb == "deactivate" else _("Activate…")
    return [
        action(_("Edit"), change_url(RULE, rule.pk), size="small"),
        action(words, part_url(RULE, rule.pk, verb), size="small"),
    ]


def rule_lifetimes(compiled: DomainRule) -> list[str]:
    """`access 60 minutes`, and of refresh tokens where a user can have one."""
    life = compiled.lifetimes
    access = _("access %(minutes)s") % {"minutes": minutes(life.access_seconds // 60)}
    names = [n for one in compiled.conditions if isinstance(one, GrantTypes) for n in one.include]
    if not any(grant_types.has_user(name) for name in names):
        return [access]
    refresh = minutes(life.refresh_seconds // 60) if life.refresh_seconds else "unlimited"
    return [
        access,
        (
            _("refresh %(refresh)s, idle %(minutes)s")
            % {"refresh": refresh, "minutes": minutes(life.idle_seconds // 60)}
        ),
    ]


def _reading(server: AuthorizationServer) -> list[Part]:
    """The denials of the last hour: counted by the server's index, up to a bound."""
    hour = timezone.now() - timedelta(hours=1)
    newest = LogEvent.objects.filter(server_id=server.pk, published__gte=hour).order_by()
    refused = newest.filter(event_type__in=REFUSALS, outcome="FAILURE").values("pk")
    count = refused[: DENIALS_COUNTED + 1].count()
    url = list_url(LOG, server_id=server.pk, what="grants", outcome="FAILURE", since="hour")
    if not count:
        return [text(_("Nothing was denied here in the last hour."))]
    shown = f"{DENIALS_COUNTED}+" if count > DENIALS_COUNTED else str(count)
    words = ngettext(
        "%(n)s denial in the last hour came from this page: ",
        "%(n)s denials in the last hour came from this page: ",
        count,
    )
    return [text(words % {"n": shown}), link(_("see why"), url), text(".")]
