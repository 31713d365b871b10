"""Ends of what is configured: clients, policies, rules, scopes, servers, keys."""

from collections.abc import Callable
from typing import Any, Final

from apps.clients import services as clients
from apps.clients.models import Client
from apps.policies import services as policies
from apps.policies.models import Rule
from apps.servers import services as servers
from tests.factories import REDIRECT_URI, TESTER
from tests.history.hand import Hand
from tests.history.pool import Holder
from tests.history.revocations import Revocation
from tests.history.world import Party

URIS: Final = ([REDIRECT_URI], [REDIRECT_URI, "https://app.example.com/other"])


def of_client(hand: Hand, holder: Holder) -> Revocation | None:
    """Deactivated, or changed in a way that counts."""
    party = holder.party
    things = frozenset({f"client:{party.id}"})
    if hand.chance.random() < 0.3:
        return Revocation("client changed", things, lambda: toggle_uris(party))
    who: dict[str, Any] = {"actor": TESTER, "client": party.row}
    return Revocation(
        "client",
        things,
        lambda: clients.deactivate_client(**who),
        lambda: clients.activate_client(**who),
    )


def toggle_uris(party: Party) -> None:
    row = Client.objects.get(pk=party.id)
    other = URIS[1] if list(row.redirect_uris) == URIS[0] else URIS[0]
    clients.update_client(actor=TESTER, client=row, redirect_uris=other)


def of_policy(hand: Hand, holder: Holder) -> Revocation | None:
    """The policy or its rule deactivated, changed, or its tokens revoked."""
    policy, rule = holder.party.policies[holder.server.pk]
    p: dict[str, Any] = {"actor": TESTER, "server_id": holder.server.pk, "policy_id": policy.pk}
    r: dict[str, Any] = {"actor": TESTER, "server_id": holder.server.pk, "rule_id": rule.pk}
    ways: dict[str, tuple[Callable[[], Any], Callable[[], Any] | None]] = {
        "policy": (
            lambda: policies.deactivate_policy(**p),
            lambda: policies.activate_policy(**p),
        ),
        "rule": (lambda: policies.deactivate_rule(**r), lambda: policies.activate_rule(**r)),
        "policy's tokens": (lambda: policies.revoke_policy_tokens(**p), None),
        "rule's tokens": (lambda: policies.revoke_rule_tokens(**r), None),
        "rule changed": (lambda: change_rule(r), None),
    }
    label = hand.chance.choice(sorted(ways))
    thing = f"policy:{policy.pk}" if label.startswith("policy") else f"rule:{rule.pk}"
    act, restore = ways[label]
    return Revocation(label, frozenset({thing}), act, restore)


def change_rule(which: dict[str, Any]) -> None:
    """Another lifetime than it has."""
    minutes = Rule.objects.get(pk=which["rule_id"]).access_token_minutes
    policies.update_rule(**which, access_token_minutes=minutes + 1 if minutes < 90 else 6)


def of_scope(hand: Hand, holder: Holder) -> Revocation | None:
    """Everything that carries a scope."""
    name = hand.chance.choice(("openid", "orders:read"))
    row = holder.server.scopes.get(name=name)
    what: dict[str, Any] = {"actor": TESTER, "server_id": holder.server.pk, "scope_id": row.pk}
    things = frozenset({f"scope:{holder.server.pk} {name}"})
    return Revocation("scope", things, lambda: servers.revoke_scope_tokens(**what))


def of_server(hand: Hand, holder: Holder) -> Revocation | None:
    """Deactivated, its tokens revoked, its key revoked; seldom everything there is."""
    what: dict[str, Any] = {"actor": TESTER, "server_id": holder.server.pk}
    things, dice = frozenset({f"server:{holder.server.pk}"}), hand.chance.random()
    if dice < 0.05:
        everything = frozenset({"installation"})
        return Revocation(
            "installation", everything, lambda: servers.revoke_all_tokens(actor=TESTER)
        )
    if dice < 0.3:
        return Revocation("server's tokens", things, lambda: servers.revoke_server_tokens(**what))
    if dice < 0.5 and (kid := key_of(hand, holder)):
        ended = frozenset({f"key:{kid}"})
        return Revocation("key", ended, lambda: servers.revoke_key(**what, kid=kid))
    return Revocation(
        "server",
        things,
        lambda: servers.deactivate_server(**what),
        lambda: servers.activate_server(**what),
    )


def key_of(hand: Hand, holder: Holder) -> str:
    """The key that signed the youngest JWT of the server; "" for none."""
    for token in hand.pool.affected({f"server:{holder.server.pk}"}, 3):
        for thing in token.births:
            if thing.startswith("key:"):
                return thing.removeprefix("key:")
    return ""
