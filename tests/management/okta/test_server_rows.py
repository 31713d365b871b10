"""Rows 257, 274, 275 and 276 for everything below an authorization server, made from the models and
the shapes."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pytest
from django.db.models import Model
from rest_framework.serializers import Serializer

from apps.management.okta.resources.claims import ClaimShape
from apps.management.okta.resources.policies import PolicyShape
from apps.management.okta.resources.rule_shapes import RuleShape
from apps.management.okta.resources.scopes import ScopeShape
from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer, Claim, Scope
from tests.factories import make_claim, make_policy, make_rule, make_scope, make_server
from tests.management.okta.caller import Program

MODELS: tuple[type[Model], ...] = (AuthorizationServer, Claim, Policy, Rule, Scope)
OTHERS = ("owner", "customer", "created_by", "is_staff", "secret_digest", "generation", "_links")
VALUES = ("default", 7, None)
ITSELF = {"last_updated"}  # may say when it was


@dataclass(frozen=True)
class Case:
    """One object, by its address; what may be written of it says the shape."""

    path: str
    row: Model
    shape: type[Serializer[Any]]

    def columns(self) -> dict[str, Any]:
        """What the database has of it."""
        found = type(self.row)._default_manager.filter(pk=self.row.pk).values().get()
        return {name: value for name, value in found.items() if name not in ITSELF}


@pytest.fixture
def cases(db: None) -> dict[str, Case]:
    """One of each kind, on one server."""
    server = make_server()
    policy = make_policy(server)
    rule, scope = make_rule(policy), make_scope(server, "reports")
    claim = make_claim(server, "tier", "'gold'")
    base = f"authorizationServers/{server.pk}"
    rules = f"{base}/policies/{policy.pk}/rules"
    return {
        "scope": Case(f"{base}/scopes/{scope.pk}", scope, ScopeShape),
        "claim": Case(f"{base}/claims/{claim.pk}", claim, ClaimShape),
        "policy": Case(f"{base}/policies/{policy.pk}", policy, PolicyShape),
        "rule": Case(f"{rules}/{rule.pk}", rule, RuleShape),
    }


KINDS = ("scope", "claim", "policy", "rule")


def foreign_names(writable: set[str]) -> list[str]:
    """Every name of a field or column of any model, as it is and as the wire would write it, that a
    body may not have."""
    fields = chain.from_iterable(model._meta.get_fields() for model in MODELS)
    names = {name for one in fields for name in (one.name, getattr(one, "attname", one.name))}
    names |= {re.sub(r"_(\w)", lambda match: match[1].upper(), name) for name in names}
    return sorted((names | set(OTHERS)) - writable)


def writable_names(shape: Serializer[Any]) -> set[str]:
    """What a body may say, at any depth."""
    found: set[str] = set()
    for name, field in shape.fields.items():
        if not field.read_only:
            found |= {name} | (writable_names(field) if isinstance(field, Serializer) else set())
    return found


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """The body and every object in it."""
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from objects_in(one)


@pytest.mark.once  # what the API doesn't offer reaches no statement
@pytest.mark.parametrize("kind", KINDS)
def test_row_257_no_body_sets_what_is_not_for_it(
    api: Program, cases: dict[str, Case], kind: str
) -> None:
    case = cases[kind]
    seen, before = api.get(case.path).json(), case.columns()
    names = foreign_names(writable_names(case.shape()))
    assert {"epoch", "server_id", "serverId", "is_system", "isSystem"} <= set(names)
    # Not by the list, since a rule's hook has an id that may be said.
    assert api.put(case.path, {**seen, "id": "other"}).json()["id"] == seen["id"]
    for value in VALUES:
        waiting = [names]
        while waiting:
            offered = waiting.pop()
            answer = api.put(case.path, with_members(seen, offered, value))
            assert answer.status_code in {200, 400}, (offered, value)
            assert case.columns() == before, (offered, value)
            if answer.status_code == 400 and len(offered) > 1:  # one of them hides the others
                half = len(offered) // 2
                waiting += [offered[:half], offered[half:]]


def with_members(seen: dict[str, Any], names: list[str], value: object) -> dict[str, Any]:
    """The body with these members, at every depth but in links."""
    body = deepcopy(seen)
    for place in list(objects_in(body)):
        if not place.get("href"):
            place.update(dict.fromkeys(names, value))
    return body


@pytest.mark.once  # what the API doesn't offer reaches no statement
@pytest.mark.parametrize("kind", KINDS)
def test_row_257_a_new_object_owes_nothing_to_such_members(
    api: Program, cases: dict[str, Case], kind: str
) -> None:
    case = cases[kind]
    collection, seen = case.path.rpartition("/")[0], api.get(case.path).json()
    api.delete(case.path)
    extra = dict.fromkeys([*foreign_names(writable_names(case.shape())), "id"], "default")
    made = api.post(collection, {**extra, **{k: v for k, v in seen.items() if k != "id"}})
    assert made.status_code == 201, made.content
    changing = {"id", "_links", "created", "lastUpdated"}
    assert made.json()["id"] not in {seen["id"], "default"}
    same = {name: value for name, value in made.json().items() if name not in changing}
    assert same == {name: value for name, value in seen.items() if name not in changing}


def all_paths(cases: dict[str, Case]) -> list[str]:
    """Every address below a server that can be read."""
    rule, scope = cases["rule"].path, cases["scope"].path
    base = scope.rpartition("/scopes/")[0]
    lists = ("scopes", "claims", "policies", "policies/order", "clients", "credentials/keys")
    rules = rule.rpartition("/")[0]
    below = [f"{base}/{one}" for one in lists]
    return [*below, rules, f"{rules}/order", *(case.path for case in cases.values())]


@pytest.mark.once  # what the API doesn't offer reaches no statement
@pytest.mark.parametrize(
    "query",
    [
        "server__name__startswith=a",
        "ordering=epoch",
        "_connector=OR",
        "fields=epoch",
        "q=a&q=b",
        "dryRun=true",
        "%00=1",
    ],
)
def test_row_276_an_unknown_parameter_is_refused_everywhere(
    api: Program, cases: dict[str, Case], query: str
) -> None:
    for path in all_paths(cases):
        answer = api.get(f"{path}?{query}")
        assert answer.status_code == 400, path
        assert answer.json()["errorCode"] in {"E0000001", "E0000003"}


@pytest.mark.parametrize("limit", ["-1", "0", "NaN", "1.5", "1e3", "٣", "9" * 5000])
def test_row_275_a_limit_is_a_number_and_capped(
    api: Program, cases: dict[str, Case], limit: str
) -> None:
    base = cases["scope"].path.rpartition("/scopes/")[0]
    for name in ("scopes", "clients"):
        answer = api.get(f"{base}/{name}?limit={limit}")
        assert answer.status_code == 400, answer.content
        assert api.get(f"{base}/{name}?limit=1000000000").status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_row_274_whoever_saw_another_state_changes_nothing(
    api: Program, cases: dict[str, Case], kind: str
) -> None:
    case = cases[kind]
    first = api.get(case.path)
    assert api.get(case.path, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    renamed = {**first.json(), "name": "renamed"}
    assert api.put(case.path, renamed, HTTP_IF_MATCH=first["ETag"]).status_code == 200
    before = case.columns()
    stale = api.put(case.path, {**renamed, "name": "again"}, HTTP_IF_MATCH=first["ETag"])
    assert stale.status_code == 412 and case.columns() == before
    assert api.delete(case.path, HTTP_IF_MATCH=first["ETag"]).status_code == 412
    assert api.put(case.path, {}, HTTP_IF_MATCH=api.get(case.path)["ETag"]).status_code == 400
    assert case.columns() == before
