"""How many living tokens stand on a thing: the cards of the questions that come before a change."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.policies.models import Policy, Rule
from apps.servers.models import Scope
from apps.systemlog.admin.parts import list_url
from apps.systemlog.admin.reach import register
from apps.tokens.blast import Count, Reach, measure


@register
def count(members: dict[str, str]) -> list[dict[str, Any]]:
    """Grants and opaque access tokens, and of whom. JWTs without a grant aren't stored."""
    found = measure([_reach(members)], timezone.now())
    filters = {name: members[name] for name in COLUMNS if name in members}
    return cards_of(found, filters, with_clients="client_id" not in members)


def cards_of(
    found: Count, filters: dict[str, str], *, with_users: bool = True, with_clients: bool = True
) -> list[dict[str, Any]]:
    """The totals; `filters` lead to the lists."""
    more = "+" if found.is_partial else ""
    cards = [
        _card(found.grants, more, "grants", list_url(GRANT, **filters)),
        _card(found.tokens, more, _("opaque access tokens"), list_url(TOKEN, **filters)),
    ]
    if with_users:
        cards.append(_card(found.users, more, "users", ""))
    if with_clients:
        cards.append(_card(found.clients, more, "clients", ""))
    return cards


GRANT, TOKEN = "tokens.Grant", "tokens.AccessToken"
COLUMNS = ("server_id", "client_id", "user_id")


def _card(number: int, more: str, label: str, href: str) -> dict[str, Any]:
    tone = "danger" if number else ""
    return {"value": f"{number:,}{more}", "label": label, "href": href, "tone": tone}


def _reach(members: dict[str, str]) -> Reach:
    def only(name: str) -> frozenset[str]:
        return frozenset({members[name]} if name in members else ())

    return Reach(
        servers=only("server_id"),
        clients=only("client_id"),
        users=only("user_id"),
        epochs=_epochs(members),
    )


def _epochs(members: dict[str, str]) -> frozenset[int]:
    """Of the policy, rule or scope that is meant."""
    found: Any = None
    if "rule_id" in members:
        found = Rule.objects.filter(pk=members["rule_id"])
    elif "policy_id" in members:
        found = Policy.objects.filter(pk=members["policy_id"])
    elif "scope" in members:
        found = Scope.objects.filter(server=members["server_id"], name=members["scope"])
    return frozenset(found.values_list("epoch", flat=True)) if found is not None else frozenset()
