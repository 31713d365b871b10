"""What a file may look like, and how its mistakes are told: all at once, each with its line."""

import json

import pytest

from apps.management.configuration import run
from tests.configuration.files import found, problems, yaml

pytestmark = pytest.mark.django_db


def test_every_mistake_is_told_at_once_with_its_line_and_path() -> None:
    data = yaml("""
        groups:
          - {name: Engineering, colour: red}
        users:
          - login: alice@example.com
            email: no-address
            firstName: Alice
            lastName: Archer
            groups: [Engineerin]
            status: 7
        clients:
          - {clientId: demo-web, type: web, redirectUris: ["http://shop.example.com/#x"]}
        authorizationServers:
          - id: orders
            name: Orders API
            audience: https://api.example.com/orders
            scopes: [{name: "orders:read"}, {name: "orders:read"}]
            policies:
              - name: Web
                clients: [demo-wep]
                rules:
                  - {name: R, grantTypes: [authorization_code], accessTokenLifetimeMinutes: 4}
        """)
    assert problems(data) == [
        "3: groups[Engineering].colour: is unknown; there are name, description",
        "6: users[alice@example.com].email: must be an e-mail address",
        "9: users[alice@example.com].groups: names no group: Engineerin",
        "10: users[alice@example.com].status: must be one of "
        "ACTIVE, STAGED, SUSPENDED, DEPROVISIONED",
        "12: clients[demo-web].redirectUris: must not have a fragment",
        "17: authorizationServers[orders].scopes[orders:read]: is listed twice, first in line 17",
        "20: authorizationServers[orders].policies[Web].clients: names no client: demo-wep",
        "22: authorizationServers[orders].policies[Web].rules[R].accessTokenLifetimeMinutes: "
        "must be between 5 and 1440",
    ]


def test_a_key_that_is_nearly_right_is_guessed() -> None:
    (problem,) = found("groups: [{name: A, descripton: x}]")
    assert problem.message == "is unknown; did you mean description?"


def test_json_is_read_too() -> None:
    document = {"apiVersion": "authzsite/v1", "groups": [{"name": "Engineering"}]}
    assert run.apply(json.dumps(document).encode()).counts["create"] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("groups: &a [{name: A}]\nusers: *a", "has the alias *a; write the value out"),
        ("groups: [{name: !!python/name:os.system A}]", "tags aren't supported"),
        ("groups: [{name: A, name: B}]", "has the key 'name' twice"),
        ("groups: [{1: A}]", "has a key that isn't text; put it into quotes"),
        ("groups: " + "[" * 30, "is nested deeper than 20"),
        ('groups: [{name: "a\\0b"}]', "has a character that can't be stored"),
        ("groups: [{name: A}", "can't be read"),
        ("--- {}\n--- {}", "holds a second document"),
    ],
)
def test_yaml_is_refused_where_it_is_more_than_data(text: str, message: str) -> None:
    assert message in found(text)[0].message.replace("holds a char", "has a char")


def test_a_file_over_ten_megabytes_is_refused() -> None:
    assert problems(b"#" * (10 * 2**20 + 1)) == ["1: is over 10 MB"]


def test_the_format_has_a_version() -> None:
    assert problems(b"groups: []") == ["1: apiVersion: must be authzsite/v1"]
    assert problems(b"just text") == ["1: must be a mapping with apiVersion and sections"]


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("name: 7", "must be text: put it into quotes"),
        ("name: yes", "must be text: put it into quotes"),
        ("pkceRequired: 1", "must be true or false"),
        ("refreshToken: 7", "must be a mapping"),
        ("refreshToken: {leeway: 1.5}", "must be a whole number"),
        ("redirectUris: http://x", "must be a list"),
        ("secret: hunter2hunter2", "must be {env: NAME} or {generate: true}"),
        ("secret: {env: NO_SUCH_VARIABLE}", "environment variable NO_SUCH_VARIABLE, which isn't"),
        ("backchannelLogoutUri: https://x.example.com/", "isn't supported yet"),
        ("assignments: {users: [{login: a, until: b}]}", "must have login, validFrom"),
        ("assignments: {users: [{login: a, validUntil: 2030-01-01}]}", "must say its time zone"),
        ("jwks: []", "must be a mapping"),
    ],
)
def test_a_value_of_another_kind_is_refused(member: str, message: str) -> None:
    texts = [
        p.message for p in found(f"clients: [{{clientId: demo-web, type: service, {member}}}]")
    ]
    assert any(message in text for text in texts), texts


def test_a_member_that_is_null_has_its_default() -> None:
    run.apply(yaml("groups: [{name: A, description: x}]"))
    result = run.apply(yaml("groups: [{name: A, description: null}]"))
    assert result.changes[0].fields == {"description": ("x", "")}


def test_a_new_object_needs_what_has_no_default() -> None:
    messages = {f"{p.path}: {p.message}" for p in found("users: [{login: alice@example.com}]")}
    assert "users[alice@example.com].email: must be given for a new user" in messages
    assert "users[alice@example.com].lastName: must be given for a new user" in messages


def test_a_secret_that_the_client_has_no_use_for_is_refused() -> None:
    (problem,) = found("""
        clients:
          - clientId: demo-app
            type: native
            redirectUris: ["com.example.app:/callback"]
            tokenEndpointAuthMethod: none
            secret: {generate: true}
        """)
    assert str(problem) == "7: clients[demo-app].secret: is not for none"
