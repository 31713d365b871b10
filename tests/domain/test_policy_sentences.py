"""Rules as sentences."""

import pytest

from authzsite.domain import grant_types
from authzsite.domain.conditions import Condition, GrantTypes, People, Scopes
from authzsite.domain.fragments import plain
from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.policy import Rule, rule_sentence

NAMES = {"eng": "Engineering", "ext": "Contractors", "ops": "Warehouse"}
ENGINEERS = People(include_groups=frozenset({"eng"}), exclude_groups=frozenset({"ext"}))
ANYONE = People(include_groups=frozenset({"EVERYONE"}))
CODE, ALONE = "authorization_code", "client_credentials"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def by(*names: str) -> GrantTypes:
    return GrantTypes(frozenset(names))


def to(*names: str) -> Scopes:
    return Scopes(frozenset(names))


TABLE: list[tuple[tuple[Condition, ...], str]] = [
    (
        (by(CODE), ENGINEERS, to("orders:read", "orders:write")),
        "When people in Engineering, except Contractors, sign in by authorization_code"
        " and ask for orders:read or orders:write",
    ),
    (
        (by(CODE, DEVICE), ANYONE, to("orders:read")),
        "When anyone assigned signs in by authorization_code or device_code"
        " and asks for orders:read",
    ),
    (
        (by(ALONE), to("orders:read")),
        "When a client acts for itself by client_credentials and asks for orders:read",
    ),
    (
        (by(ALONE, CODE), ANYONE, to("*")),
        "When anyone assigned signs in by authorization_code,"
        " or a client acts for itself by client_credentials and asks for any scope",
    ),
    (
        (ENGINEERS, to()),
        "When people in Engineering, except Contractors, use no grant type"
        " and ask for OpenID scopes only",
    ),
]


@pytest.mark.parametrize(("conditions", "expected"), TABLE)
def test_a_rule_reads_as_a_sentence(conditions: tuple[Condition, ...], expected: str) -> None:
    rule = Rule("r", "Rule", 1, conditions, Lifetimes(300, 0, 600))
    assert plain(rule_sentence(rule), NAMES) == expected


def test_a_broken_rule_says_so() -> None:
    rule = Rule("r", "Rule", 1, (), Lifetimes(300, 0, 600), broken="unknown condition 'x'")
    assert plain(rule_sentence(rule)) == "Cannot be read: unknown condition 'x'"


def test_a_grant_type_is_a_chip_with_its_wire_name() -> None:
    rule = Rule("r", "Rule", 1, (by(DEVICE), ANYONE), Lifetimes(300, 0, 600))
    chips = [part for part in rule_sentence(rule) if part.kind == "grant_type"]
    assert [(chip.text, chip.ref) for chip in chips] == [("device_code", DEVICE)]


@pytest.fixture
def installed() -> object:
    before = grant_types.installed()
    specs = (
        grant_types.GrantSpec(CODE, "Authorization code", True, frozenset({"web", "native"})),
        grant_types.GrantSpec(DEVICE, "Device", True, frozenset({"native"}), short="device"),
        grant_types.GrantSpec("refresh_token", "Refresh token", True, in_rules=False),
    )
    grant_types.install(specs)
    yield specs
    grant_types.install(before)


def test_the_installed_table_answers_forms(installed: tuple[grant_types.GrantSpec, ...]) -> None:
    assert grant_types.installed() == installed
    assert grant_types.for_client_type("web") == installed[:1]
    assert grant_types.for_rules() == installed[:2]
    assert grant_types.find(DEVICE) == installed[1]
    assert grant_types.find("nothing") is None
    assert grant_types.short_name(DEVICE) == "device"


def test_an_unknown_grant_type_stands_for_a_user() -> None:
    """More facts are asked for, never fewer."""
    assert grant_types.has_user("urn:example:new")
    assert not grant_types.has_user(ALONE)
