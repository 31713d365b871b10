"""What should be looked at before it hurts: keys, unused clients, rules that never decide.

Bounded: the dashboard is opened all day. Rules are read of the servers that changed last.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.clients.models import ActiveStatus
from apps.oauth.unused import unused_clients
from apps.policies.compile import compile_policy, compile_rule
from apps.policies.models import Policy, Rule
from apps.servers.admin.page import SERVER, tab_url
from apps.servers.models import AuthorizationServer, SigningKey
from apps.servers.services.keys import ROTATION_PERIOD
from apps.systemlog.admin.parts import change_url, list_url, moment
from apps.systemlog.models import Tally
from apps.systemlog.tallies import rules_that_granted
from authzsite.domain.shadowing import shadowed

SHOWN = 5
SERVERS_READ = 20
RULES_READ = 60  # of a server; one with more is left to its own page
SOON = timedelta(days=14)
QUIET = timedelta(days=30)
Item = dict[str, Any]
CLIENT = "clients.Client"


def more(rows: list[Any], shown: int, label: str, text: str, href: str) -> list[Item]:
    """A link to the list of all, where there are more than are named; `rows`: one more than those
    is enough."""
    item = {"label": label, "tone": "", "text": text, "href": href}
    return [item] if len(rows) > shown else []


def keys_due(now: datetime) -> QuerySet[SigningKey]:
    """Keys that nobody rotates, at the age at which others are."""
    due = now - ROTATION_PERIOD + SOON
    manual = AuthorizationServer.RotationMode.MANUAL
    return SigningKey.objects.filter(
        state=SigningKey.State.CURRENT, activated_at__lte=due, server__rotation_mode=manual
    )


def without_policy() -> QuerySet[AuthorizationServer]:
    """Servers that issue nothing, though they are active."""
    return AuthorizationServer.objects.filter(
        policies=None, is_organization=False, status=ActiveStatus.ACTIVE
    )


def keys(request: HttpRequest) -> list[Item]:
    """Of those that are due, the oldest."""
    due = keys_due(timezone.now()).select_related("server").order_by("activated_at")
    found = list(due[: SHOWN + 1])
    told = _("All servers whose key nobody rotates")
    rest = more(found, SHOWN, _("Key"), told, list_url(SERVER, attention="key"))
    named = [
        {
            "label": _("Key"),
            "tone": "warn",
            "text": _("The key of %(server)s signs since %(when)s")
            % {"server": key.server.name, "when": moment(key.activated_at)},
            "href": tab_url(key.server_id, "keys"),
            "hint": _("it is rotated by hand, best every 90 days"),
        }
        for key in found[:SHOWN]
    ]
    return [*named, *rest]


def clients(request: HttpRequest) -> list[Item]:
    """Active clients that got nothing for 90 days, the oldest first."""
    found = list(unused_clients(timezone.now()).order_by("created")[: SHOWN + 1])
    told = _("All clients that got no token for 90 days")
    rest = more(found, SHOWN, _("Unused"), told, list_url(CLIENT, attention="unused"))
    named = [
        {
            "label": _("Unused"),
            "tone": "",
            "text": _("%(client)s got no token for 90 days") % {"client": client.name},
            "href": change_url("clients.Client", client.pk),
        }
        for client in found[:SHOWN]
    ]
    return [*named, *rest]


def rules(request: HttpRequest) -> list[Item]:
    """Rules that never decide: by what stands before them, or by what was counted. Five
    statements."""
    recent = Rule.objects.order_by().values_list("policy__server_id")
    newest = recent.annotate(last=Max("last_updated")).order_by("-last")[:SERVERS_READ]
    servers = [pk for pk, _last in newest]
    policies = Policy.objects.filter(server__in=servers).select_related("server")
    by_server: dict[str, list[Policy]] = {pk: [] for pk in servers}
    for policy in policies.order_by("priority", "pk").prefetch_related("rules"):
        by_server[policy.server_id].append(policy)
    hidden = [item for found in by_server.values() if found for item in _shadowed(found)]
    return [*hidden[:SHOWN], *_quiet(servers, timezone.now())]


def _shadowed(policies: list[Policy]) -> Iterator[Item]:
    book = tuple(compile_policy(one, tuple(map(compile_rule, one.rules.all()))) for one in policies)
    if sum(len(one.rules) for one in book) > RULES_READ:
        return
    for shadow in shadowed(book).values():
        by, rule = shadow.by, shadow.place.rule
        server = policies[0].server
        yield {
            "label": _("Rule"),
            "tone": "warn",
            "text": _("%(rule)s of %(server)s never matches")
            % {"rule": rule.name, "server": server.name},
            "href": f"{tab_url(server.pk, 'policies')}#rule-{rule.id}",
            "hint": _("rule %(rule)s of policy %(policy)s answers first")
            % {"rule": by.rule.name, "policy": by.policy.name},
        }


def _quiet(servers: list[str], now: datetime) -> list[Item]:
    """Active rules older than 30 days that granted nothing, if it was counted for so long."""
    since = now - QUIET
    if not Tally.objects.filter(hour__lte=since).order_by().exists():
        return []
    granted = rules_that_granted(servers, since)
    silent = Rule.objects.filter(
        status=ActiveStatus.ACTIVE,
        policy__status=ActiveStatus.ACTIVE,
        policy__server__in=servers,
        last_updated__lt=since,
    ).exclude(pk__in=granted)
    named = silent.annotate(server=F("policy__server"), server_name=F("policy__server__name"))
    return [
        {
            "label": _("Rule"),
            "tone": "",
            "text": _("%(rule)s of %(server)s granted nothing for 30 days")
            % {"rule": name, "server": server_name},
            "href": f"{tab_url(server, 'policies')}#rule-{pk}",
        }
        for pk, name, server, server_name in named.order_by("last_updated").values_list(
            "pk", "name", "server", "server_name"
        )[:SHOWN]
    ]
