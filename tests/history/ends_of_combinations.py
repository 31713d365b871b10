"""Ends by what tokens have in common (R18): one cutoff, whatever the combination, and the consents
that end by one."""

from typing import Any

from apps.tokens.consents import withdraw_consent
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import revoke_matching
from tests.factories import TESTER
from tests.history.hand import Hand
from tests.history.pool import Holder
from tests.history.revocations import Revocation


def of_consent(hand: Hand, holder: Holder) -> Revocation | None:
    """What a user has allowed a client, taken back (row 162)."""
    if holder.family is None:
        return None
    person, party = holder.family.person, holder.party
    things = frozenset({f"user:{person.id}", f"client:{party.id}"})
    who: dict[str, Any] = {"actor": TESTER, "user": person.row, "client": party.row}
    return Revocation("consent", things, lambda: withdraw_consent(**who))


def of_combination(hand: Hand, holder: Holder) -> Revocation | None:
    """Two or three of everything that a token may have."""
    parts = parts_of(hand, holder)
    names = hand.chance.sample(sorted(parts), hand.chance.randint(2, 3))
    return cutoff("combination", parts, tuple(names))


def parts_of(hand: Hand, holder: Holder) -> dict[str, tuple[str, set[str]]]:
    """What the holder's tokens can be named by: criterion → id, and the things that it means."""
    server, party = str(holder.server.pk), holder.party
    policy, rule = party.policies[server]
    scope = hand.chance.choice(("openid", "orders:read"))
    row: Any = holder.server.scopes.get(name=scope)
    here = f"server:{server}"
    parts = {
        "server": (server, {here}),
        "client": (party.id, {f"client:{party.id}"}),
        "scope": (str(row.pk), {here, f"scope:{server} {scope}"}),
        "policy": (str(policy.pk), {here, f"policy:{policy.pk}"}),
        "rule": (str(rule.pk), {here, f"rule:{rule.pk}"}),
    }
    if holder.family is not None:
        person = holder.family.person
        parts["user"] = (person.id, {f"user:{person.id}"})
    return parts


def cutoff(
    label: str, parts: dict[str, tuple[str, set[str]]], names: tuple[str, ...]
) -> Revocation:
    """An explicit revocation by these criteria together."""
    ids: dict[str, Any] = {name: parts[name][0] for name in names}
    criteria = Criteria(**ids)
    things = frozenset[str]().union(*(parts[name][1] for name in names))
    return Revocation(label, things, lambda: revoke_matching(actor=TESTER, criteria=criteria))
