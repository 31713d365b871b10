"""Small universes for the laws of policy evaluation, as plain dicts, and the way into the core.

Three users, three groups, three clients, three defined scopes and one that isn't: small enough
that every kind of shadowing turns up. `oracle.py` reads the dicts, `evaluate` what `book` and `ask`
build from them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from hypothesis import strategies as st

from authzsite.domain.conditions import GrantTypes, People, Scopes, Validity
from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.policy import (
    AccessRequest,
    AssignmentPath,
    Decision,
    Policy,
    PolicyBook,
    Rule,
    ScopeFact,
    evaluate,
)

Spec = dict[str, Any]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
USERS, GROUPS, CLIENTS = ("alice", "bob", "carol"), ("eng", "ops", "ext"), ("web", "app", "job")
DEFINED, UNDEFINED = ("read", "write", "erase"), "nowhere"
OIDC = ("openid", "profile", "offline_access")
GRANTS = ("authorization_code", "client_credentials")
EXTRAS: list[list[str]] = [[], [], ["openid"], ["openid", "offline_access"], ["profile"]]


class Case(NamedTuple):
    """One random universe with a request; `roll` is there for whatever else a law needs."""

    world: Spec
    request: Spec
    roll: Random


def case(seed: int) -> Case:
    """The universe of a seed. Half of the requests are modelled on one of its rules."""
    roll = Random(seed)
    world = a_world(roll)
    return Case(world, a_request(roll, world), roll)


cases = st.integers(0, 2**64 - 1).map(case)  # one draw per example: ten times as fast


def some(roll: Random, names: Sequence[str], least: int = 0) -> frozenset[str]:
    return frozenset(roll.sample(names, roll.randint(least, len(names))))


def seldom(roll: Random, percent: int = 8) -> bool:
    return roll.randrange(100) < percent


def a_world(roll: Random) -> Spec:
    return {
        "policies": [a_policy(roll) for _ in range(roll.randint(0, 3))],
        "defaults": some(roll, DEFINED),
        "consent": some(roll, DEFINED) if seldom(roll, 25) else frozenset(),
        "mode": roll.choice(("reject", "narrow")),
    }


def a_policy(roll: Random) -> Spec:
    return {
        "clients": some(roll, CLIENTS) if roll.random() < 0.5 else None,
        "rules": [a_rule(roll) for _ in range(roll.randint(0, 3))],
        "priority": roll.randint(1, 3),
        "active": not seldom(roll),
    }


def a_rule(roll: Random) -> Spec:
    return {
        "grants": some(roll, GRANTS, least=1),
        "users": some(roll, USERS),
        "groups": some(roll, (*GROUPS, "EVERYONE")),
        "not_users": some(roll, USERS) if seldom(roll, 20) else frozenset(),
        "not_groups": some(roll, GROUPS) if seldom(roll, 20) else frozenset(),
        "scopes": some(roll, DEFINED) if roll.random() < 0.7 else frozenset({"*"}),
        "starts_in": roll.choice((None, None, None, None, -1, 0, 1)),
        "ends_in": roll.choice((None, None, None, None, 0, 1)),
        "priority": roll.randint(1, 3),
        "active": not seldom(roll),
        "broken": seldom(roll, 5),
    }


def a_request(roll: Random, world: Spec) -> Spec:
    models = [rule for policy in world["policies"] for rule in policy["rules"]]
    model = roll.choice(models) if models and roll.random() < 0.5 else None
    names = sorted(model["scopes"] & set(DEFINED)) if model else (*DEFINED, UNDEFINED, *OIDC)
    asked = roll.choices(names, k=roll.randint(1, 4)) if names else []
    return {
        "client": roll.choice(CLIENTS),
        "grant": roll.choice(sorted(model["grants"]) if model else GRANTS),
        "user": roll.choice(sorted(model["users"]) if model and model["users"] else USERS),
        "groups": None if seldom(roll) else some(roll, GROUPS),
        "scopes": None if seldom(roll, 15) else tuple(asked + roll.choice(EXTRAS)),
        "status": roll.choice(("SUSPENDED", None)) if seldom(roll) else "ACTIVE",
        "assigned": not seldom(roll),
        "may_refresh": roll.random() < 0.5,
    }


def book(world: Spec, **changes: Any) -> PolicyBook:
    """The universe as evaluation reads it."""
    world = {**world, **changes}
    scopes = {
        name: ScopeFact(
            name,
            900 + place,
            is_default=name in world["defaults"],
            consent="REQUIRED" if name in world["consent"] else "IMPLICIT",
        )
        for place, name in enumerate(DEFINED)
    }
    listed = tuple(_policy(spec, place) for place, spec in enumerate(world["policies"]))
    return PolicyBook(listed, scopes, world["mode"])


def _policy(spec: Spec, place: int) -> Policy:
    built = tuple(_rule(one, f"r{place}.{number}") for number, one in enumerate(spec["rules"]))
    policy_id = spec.get("id", f"p{place}")
    return Policy(
        policy_id,
        f"Policy {place}",
        100 + place,
        spec["clients"],
        built,
        spec["priority"],
        spec["active"],
    )


def _rule(spec: Spec, rule_id: str) -> Rule:
    people = People(spec["users"], spec["groups"], spec["not_users"], spec["not_groups"])
    window = Validity(_hours(spec["starts_in"]), _hours(spec["ends_in"]))
    return Rule(
        spec.get("id", rule_id),
        f"Rule {rule_id}",
        200 + int(float(rule_id[1:]) * 10),
        (GrantTypes(spec["grants"]), people, Scopes(spec["scopes"]), window),
        Lifetimes(600, 0, 3600),
        spec["priority"],
        "unreadable" if spec["broken"] else None,
        spec["active"],
    )


def _hours(offset: int | None) -> datetime | None:
    return None if offset is None else NOW + timedelta(hours=offset)


def ask(request: Spec, **changes: Any) -> AccessRequest:
    """The request as evaluation reads it; a client acting for itself has no user facts."""
    request = {**request, **changes}
    has_user = request["grant"] != "client_credentials"
    return AccessRequest(
        server_id="default",
        client_id=request["client"],
        grant_type=request["grant"],
        now=NOW,
        requested_scopes=request["scopes"],
        has_user=has_user,
        user_id=request["user"] if has_user else None,
        user_status=request["status"] if has_user else None,
        group_ids=request["groups"] if has_user else None,
        assignment_paths=(AssignmentPath(1, "direct"),) if has_user and request["assigned"] else (),
        client_may_refresh=request["may_refresh"],
    )


def decide(world: Spec, request: Spec) -> Decision:
    """The decision about a request in a universe."""
    return evaluate(book(world), ask(request))


def named(world: Spec) -> Spec:
    """The universe with the ids that it has now written down, so that rows can move."""
    named_policies = [
        {
            **policy,
            "id": f"p{place}",
            "rules": [
                {**rule, "id": f"r{place}.{number}"} for number, rule in enumerate(policy["rules"])
            ],
        }
        for place, policy in enumerate(world["policies"])
    ]
    return {**world, "policies": named_policies}


def for_everyone(rule: Spec, priority: int = 1) -> Spec:
    """A policy for all clients with this rule."""
    return {"clients": None, "rules": [rule], "priority": priority, "active": True}


def without_exclusions(world: Spec) -> Spec:
    """The universe with positive people conditions only."""
    nobody: Spec = {"not_users": frozenset(), "not_groups": frozenset()}
    policies = [
        {**policy, "rules": [{**rule, **nobody} for rule in policy["rules"]]}
        for policy in world["policies"]
    ]
    return {**world, "policies": policies}


def simple_rule(**changes: Any) -> Spec:
    """A rule for alice and for clients alone, for any scope."""
    rule: Spec = {
        "grants": frozenset(GRANTS),
        "users": frozenset({"alice"}),
        "groups": frozenset(),
        "not_users": frozenset(),
        "not_groups": frozenset(),
        "scopes": frozenset({"*"}),
        "starts_in": None,
        "ends_in": None,
        "priority": 1,
        "active": True,
        "broken": False,
    }
    return {**rule, **changes}


def simple_world(*listed: Spec, **changes: Any) -> Spec:
    """One policy for all clients with these rules."""
    policy = {**for_everyone({}), "rules": list(listed)}
    world: Spec = {"policies": [policy], "mode": "reject"}
    return {**world, "defaults": frozenset(), "consent": frozenset(), **changes}


def simple_request(*scopes: str, **changes: Any) -> Spec:
    """Alice, an engineer, at the web client by authorization_code."""
    request: Spec = {
        "client": "web",
        "grant": "authorization_code",
        "user": "alice",
        "groups": frozenset({"eng"}),
        "scopes": scopes or None,
        "status": "ACTIVE",
        "assigned": True,
        "may_refresh": True,
    }
    return {**request, **changes}
