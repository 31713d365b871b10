"""The conditions of a rule in Okta's shape, and what Okta doesn't know of."""

from typing import Any

import pytest

from tests.factories import make_group, make_policy, make_server, make_user
from tests.management.okta.caller import Program, cause_of
from tests.management.okta.test_rules import a_rule, made

pytestmark = pytest.mark.once  # no statement differs between the databases

VALIDITY = {
    "validFrom": "2020-01-01T00:00:00+00:00",
    "validUntil": "2090-01-01T00:00:00.000001+02:00",
}


@pytest.fixture
def path(db: None) -> str:
    """Of the rules of a policy."""
    policy = make_policy(make_server())
    return f"authorizationServers/{policy.server_id}/policies/{policy.pk}/rules"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (None, {"users": {"exclude": []}}),
        ({}, {"users": {"exclude": []}}),
        ({"users": {}, "groups": {}}, {"users": {"exclude": []}}),
        ({"users": {"include": ["U"]}}, {"users": {"include": ["U"], "exclude": []}}),
        ({"users": {"exclude": ["U"]}}, {"users": {"exclude": ["U"]}}),
        (
            {"groups": {"include": ["EVERYONE"], "exclude": ["G"]}},
            {"users": {"exclude": []}, "groups": {"include": ["EVERYONE"], "exclude": ["G"]}},
        ),
        (
            {"groups": {"include": ["G"], "exclude": []}},
            {"users": {"exclude": []}, "groups": {"include": ["G"]}},
        ),
    ],
)
def test_people_are_normalised_as_at_okta(
    api: Program, path: str, given: Any, shown: dict[str, Any]
) -> None:
    ids = {"U": make_user().pk, "G": make_group().pk}
    rule = made(api, path, a_rule(people=renamed(given, ids)))
    assert rule["conditions"]["people"] == renamed(shown, ids)


def renamed(value: Any, ids: dict[str, str]) -> Any:
    """The value with ids for the letters."""
    if isinstance(value, dict):
        return {name: renamed(one, ids) for name, one in value.items()}
    return [ids.get(one, one) for one in value] if isinstance(value, list) else value


def test_without_conditions_a_rule_matches_nothing_and_shows_empty_lists(
    api: Program, path: str
) -> None:
    rule = made(api, path, {"name": "r"})
    assert rule["conditions"] == {
        "people": {"users": {"exclude": []}},
        "grantTypes": {"include": []},
        "scopes": {"include": []},
    }


def test_exclusions_survive_a_put_that_does_not_know_them_and_an_empty_list_clears(
    api: Program, path: str
) -> None:
    user, group = make_user().pk, make_group().pk
    people = {
        "users": {"exclude": [user]},
        "groups": {"include": ["EVERYONE"], "exclude": [group]},
    }
    own = f"{path}/{made(api, path, a_rule(people=people))['id']}"
    bodies: list[Any] = [{"groups": {"include": ["EVERYONE"]}}, {"groups": {}}, {}, None]
    for bare in bodies:
        kept = api.put(own, a_rule(people=bare)).json()["conditions"]["people"]
        assert kept["users"]["exclude"] == [user]
        assert kept["groups"]["exclude"] == [group]
    cleared = {"users": {"exclude": []}, "groups": {"include": ["EVERYONE"], "exclude": []}}
    found = api.put(own, a_rule(people=cleared)).json()["conditions"]["people"]
    assert found == {"users": {"exclude": []}, "groups": {"include": ["EVERYONE"]}}


def test_our_conditions_are_shown_survive_a_put_that_does_not_know_them_and_can_be_cleared(
    api: Program, path: str
) -> None:
    rule = made(api, path, a_rule(validity=VALIDITY))
    own = f"{path}/{rule['id']}"
    assert rule["conditions"]["validity"] == VALIDITY
    assert api.put(own, a_rule()).json()["conditions"]["validity"] == VALIDITY
    half = api.put(own, a_rule(validity={"validFrom": VALIDITY["validFrom"]})).json()
    assert half["conditions"]["validity"] == {"validFrom": VALIDITY["validFrom"]}
    assert "validity" not in api.put(own, a_rule(validity={})).json()["conditions"]
    refused = api.put(own, a_rule(validity={"validFrom": "yesterday"}))
    assert cause_of(refused).startswith("E0000001 Api validation failed: conditions: ")


@pytest.mark.parametrize(
    "conditions",
    [
        {"people": {"users": {"include": ["00uNobody"]}}},
        {"people": {"groups": {"exclude": ["EVERYONE"]}}},
        {"grantTypes": {"include": ["telepathy"]}},
        {"scopes": {"include": ["a b"]}},
    ],
)
def test_what_a_condition_can_not_name_is_refused(
    api: Program, path: str, conditions: dict[str, Any]
) -> None:
    refused = api.post(path, a_rule(**conditions))
    assert cause_of(refused).startswith("E0000001 Api validation failed: conditions: ")
