"""Changes of a file end the tokens that stand on what they change (R15), and no others (R16)."""

import json
import re
from typing import Any

import pytest
from django.test import Client as Browser

from apps.clients.models import Client
from apps.management.configuration import run
from apps.management.configuration.show import plan_lines
from tests.configuration.files import CALLBACK, PASSWORD, SHOP, WEB_SECRET, apply, world, yaml
from tests.oauth import flow

pytestmark = pytest.mark.django_db
Tokens = dict[str, Any]


@pytest.fixture
def tokens(shop: run.Result) -> Tokens:
    """Alice's tokens at the web application, by the browser's way, under the rule Engineers."""
    at = world("orders", "demo-web", "alice@example.com", WEB_SECRET)
    browser = Browser()
    flow.sign_in(browser, at.user, PASSWORD)
    answer = flow.authorize(
        browser, at, redirect_uri=CALLBACK, scope="openid offline_access orders:read"
    )
    response: Any = flow.exchange(at, answer.code, redirect_uri=CALLBACK)
    assert response.status_code == 200, response.content
    return dict(response.json())


def is_alive(tokens: Tokens) -> bool:
    """What introspection says of the access token, and the token endpoint of the refresh token."""
    at = world("orders", "demo-web", secret=WEB_SECRET)
    answers = [
        json.loads(flow.client_request(at, "introspect", token=tokens[name]).content)["active"]
        for name in ("access_token", "refresh_token")
    ]
    assert len(set(answers)) == 1, answers
    return bool(answers[0])


SERVER = "authorizationServers: [{{id: orders, {}}}]"
RULE = (
    "authorizationServers: [{{id: orders, policies: "
    "[{{name: Web, rules: [{{name: Engineers, {}}}]}}]}}]"
)
REVOKING = {
    "the user is suspended": "users: [{login: alice@example.com, status: SUSPENDED}]",
    "the user leaves the group": "users: [{login: alice@example.com, groups: []}]",
    "the password is another": "users: [{login: alice@example.com, password: {env: OTHER}}]",
    "the group is unassigned": "clients: [{clientId: demo-web, assignments: {groups: []}}]",
    "the assignment is over": "clients: [{clientId: demo-web, assignments: "
    "{groups: [{name: Engineering, validUntil: 2020-01-01T00:00:00Z}]}}]",
    "redirect URIs change": "clients: [{clientId: demo-web, redirectUris: ['http://localhost/x']}]",
    "the audience changes": SERVER.format("audience: 'https://api.example.com/2'"),
    "the scope mode changes": SERVER.format("scopeMode: narrow"),
    "the policy has other clients": SERVER.format("policies: [{name: Web, clients: ALL_CLIENTS}]"),
    "the rule is inactive": RULE.format("status: INACTIVE"),
    "the rule has another lifetime": RULE.format("accessTokenLifetimeMinutes: 30"),
    "the rule has other people": RULE.format("people: {groups: [EVERYONE]}"),
}
HARMLESS = {
    "the user's name changes": "users: [{login: alice@example.com, lastName: Smith}]",
    "the client's name changes": "clients: [{clientId: demo-web, name: Shop}]",
    "the leeway changes": "clients: [{clientId: demo-web, refreshToken: {leeway: 5}}]",
    "the server's name changes": SERVER.format("name: Orders"),
    "a scope is added": SERVER.format("scopes: [{name: 'orders:new'}]"),
    "another rule changes": RULE.replace("Engineers", "Writers").format("status: INACTIVE"),
    "the order changes": SERVER.format(
        "policies: [{name: Web, rules: [{name: Writers}, {name: Engineers}]}]"
    ),
}


@pytest.mark.parametrize("text", REVOKING.values(), ids=REVOKING)
def test_tokens_die_with_the_apply_when(
    tokens: Tokens, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R15"""
    monkeypatch.setenv("OTHER", "another horse battery")
    plan = "\n".join(plan_lines(run.plan(yaml(text))))
    assert "revokes 1 grant and 0 opaque tokens of 1 user and 1 client" in plan
    assert "by user: alice@example.com 1" in plan and "by client: demo-web 1" in plan
    assert re.search(r"such as grant oar\w+ of alice@example.com for .+, issued \d{4}-", plan)
    assert is_alive(tokens)  # the plan changed nothing
    apply(text)
    assert not is_alive(tokens)


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_tokens_live_on_when(tokens: Tokens, text: str) -> None:
    """R15, R16"""
    plan = "\n".join(plan_lines(run.plan(yaml(text))))
    assert not re.search("revokes [1-9]", plan)
    apply(text)
    assert is_alive(tokens)


@pytest.mark.parametrize(
    "gone",
    [
        "  - login: alice@example.com[^-]+?(?=\nclients)",
        '      - \\{name: "orders:read"\\}\n',
    ],
    ids=["the user", "the scope"],
)
def test_tokens_die_with_what_is_pruned(tokens: Tokens, gone: str) -> None:
    """R15: rules may not name a scope that is pruned, so they are changed beside it."""
    text = re.sub(gone, "", SHOP, count=1)
    text = text.replace("users:\n\n", "users: []\n").replace('["orders:read"]', "[]")
    text = text.replace('["orders:read", "orders:write"]', "['orders:write']")
    run.apply(text.encode(), prune=True)
    assert not is_alive(tokens)


def test_tokens_die_with_a_pruned_client_and_its_successor_revives_none(tokens: Tokens) -> None:
    """R16"""
    text = SHOP.replace("clients: [demo-web]", "clients: []")
    text = re.sub(r"\nclients:\n.*?\nauth", "\nclients: []\nauth", text, flags=re.S)
    run.apply(text.encode(), prune=True)
    assert not Client.objects.exists()
    run.apply(SHOP.encode())
    assert not is_alive(tokens)


def test_a_plan_says_that_nothing_is_revoked(shop: run.Result) -> None:
    lines = list(plan_lines(run.plan(yaml("clients: [{clientId: demo-web, name: Shop}]"))))
    assert lines == [
        "~ clients[demo-web]",
        '    name: "demo-web" -> "Shop"',
        "    revokes nothing",
        "",
        "Plan: 0 to create, 1 to change, 0 to delete.",
        "Nothing is revoked.",
    ]
