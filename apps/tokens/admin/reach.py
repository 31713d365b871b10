"""How many living tokens stand on a thing: the cards of the questions that come before a change."""

from typing import Any

from django.utils import timezone

from apps.policies.models import Policy, Rule
from apps.servers.models import Scope
from apps.systemlog.admin.parts import list_url
from apps.systemlog.admin.reach import register
from apps.tokens.selectors import Reach, count_grants


@register
def count(members: dict[str, str]) -> list[dict[str, Any]]:
    """Grants and opaque access tokens, and of whom. JWTs without a grant aren't stored."""
    found = count_grants(_reach(members), timezone.now())
    more = "+" if found.is_partial else ""
    filters = {name: members[name] for name in COLUMNS if name in members}
    cards = [
        _card(found.grants, more, "grants", list_url(GRANT, **filters)),
        _card(found.tokens, more, "opaque access tokens", list_url(TOKEN, **filters)),
        _card(len(found.by_user), more, "users", ""),
    ]
    if "client_id" not in members:
        cards.append(_card(len(found.by_client), more, "clients", ""))
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
        epoch=_epoch(members),
    )


def _epoch(members: dict[str, str]) -> int | None:
    """Of the policy, rule or scope that is meant."""
    found: Any = None
    if "rule_id" in members:
        found = Rule.objects.filter(pk=members["rule_id"])
    elif "policy_id" in members:
        found = Policy.objects.filter(pk=members["policy_id"])
    elif "scope" in members:
        found = Scope.objects.filter(server=members["server_id"], name=members["scope"])
    return found.values_list("epoch", flat=True).first() if found is not None else None
