"""Claims of groups: filters, the limit, and the built-in claim (R10)."""

from dataclasses import replace

import pytest

from authzsite.domain.claims import (
    GROUPS,
    IDENTITY,
    RESOURCE,
    ClaimFailure,
    ClaimSpec,
    access_token_claims,
    userinfo_claims,
)
from tests.domain.test_claims import ANN


def groups(kind: str, value: str, claim_type: str = RESOURCE) -> ClaimSpec:
    return ClaimSpec("groups", claim_type, GROUPS, value, kind)


@pytest.mark.parametrize(
    ("kind", "value", "names"),
    [
        ("STARTS_WITH", "app-", ["app-admins", "App-users"]),
        ("EQUALS", "everyone", ["Everyone"]),
        ("CONTAINS", "ADMIN", ["app-admins"]),
        ("REGEX", "App-.*", ["App-users"]),
        ("REGEX", "(", None),
        ("EQUALS", "nobody", None),
    ],
)
def test_a_groups_claim_filters_by_name(kind: str, value: str, names: list[str] | None) -> None:
    found = access_token_claims([groups(kind, value)], ANN)
    assert isinstance(found, dict)
    assert found.get("groups") == names


@pytest.mark.parametrize(("count", "fails"), [(100, False), (101, True)])
def test_more_than_100_groups_fail_the_request(count: int, fails: bool) -> None:
    many = replace(ANN, groups=tuple((f"00g{n}", f"g{n}") for n in range(count)))
    for found in (
        access_token_claims([groups("STARTS_WITH", "g")], many),
        userinfo_claims([groups("STARTS_WITH", "g", IDENTITY)], many),
        userinfo_claims((), many),
    ):
        assert isinstance(found, ClaimFailure) is fails
        assert not fails or found.reason == "too_many_groups_in_groups_claim"  # type: ignore[union-attr]


def test_a_defined_groups_claim_replaces_the_built_in_one() -> None:
    defined = groups("EQUALS", "Everyone", IDENTITY)
    found = userinfo_claims([defined], ANN)
    assert found == {"groups": ["Everyone"], "sub": "00u1"}
