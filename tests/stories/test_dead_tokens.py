"""Tokens of machines end with what they stand on (R15), at once, and for good (R16)."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from apps.clients.services import (
    activate_client,
    deactivate_client,
    delete_client,
    revoke_secret_now,
    rotate_secret,
    update_client,
)
from apps.policies.models import Policy, Rule
from apps.policies.services import (
    activate_rule,
    deactivate_policy,
    deactivate_rule,
    delete_policy,
    delete_rule,
    update_policy,
    update_rule,
)
from apps.servers.models import AuthorizationServer, Scope
from apps.servers.services import (
    activate_server,
    deactivate_server,
    delete_scope,
    delete_server,
    revoke_key,
    rotate_keys,
    set_resource_servers,
    update_scope,
    update_server,
)
from tests.factories import TESTER, make_policy, make_rule, make_scope, make_server
from tests.stories.wire import App, ask, get_token, is_alive, service

pytestmark = pytest.mark.django_db


@dataclass
class House:
    """A server, what stands on it, and a machine with a token."""

    server: AuthorizationServer
    scope: Scope
    policy: Policy
    rule: Rule
    app: App
    guard: App  # the protected API: it can introspect whatever becomes of the client
    token: str

    def is_alive(self) -> bool:
        return is_alive(self.server, self.guard, self.token)


@pytest.fixture
def house() -> House:
    server, guard, app = make_server(), service(), service()
    scope, policy = make_scope(server, "read"), make_policy(server)
    rule = make_rule(policy)
    set_resource_servers(actor=TESTER, server_id=server.pk, client_ids=[guard.client.pk])
    token = get_token(server, app, "read")["access_token"]
    house = House(server, scope, policy, rule, app, guard, token)
    assert house.is_alive()
    return house


Change = Callable[[House], object]
REDIRECTS = ["https://other.example.com/callback"]
OTHER_GRANTS = [{"type": "grant_types", "include": ["authorization_code"]}]

ENDS: dict[str, Change] = {
    "the client is deactivated": lambda h: deactivate_client(actor=TESTER, client=h.app.client),
    "the client is deleted": lambda h: delete_client(actor=TESTER, client=h.app.client),
    "the client's redirect URIs change": lambda h: update_client(
        actor=TESTER, client=h.app.client, redirect_uris=REDIRECTS
    ),
    "the client authenticates otherwise": lambda h: update_client(
        actor=TESTER, client=h.app.client, token_endpoint_auth_method="client_secret_post"
    ),
    "a leaked secret is revoked": lambda h: revoke_secret_now(
        actor=TESTER, secret=h.app.client.secrets.get()
    ),
    "the server is deactivated": lambda h: deactivate_server(actor=TESTER, server_id=h.server.pk),
    "the audience changes": lambda h: update_server(
        actor=TESTER, server_id=h.server.pk, audience="api://new"
    ),
    "the scope mode changes": lambda h: update_server(
        actor=TESTER, server_id=h.server.pk, scope_mode="narrow"
    ),
    "the token format changes": lambda h: update_server(
        actor=TESTER, server_id=h.server.pk, access_token_format="opaque"
    ),
    "the scope is renamed": lambda h: update_scope(
        actor=TESTER, server_id=h.server.pk, scope_id=h.scope.pk, name="look"
    ),
    "the scope is deleted": lambda h: delete_scope(
        actor=TESTER, server_id=h.server.pk, scope_id=h.scope.pk
    ),
    "the policy is deactivated": lambda h: deactivate_policy(
        actor=TESTER, server_id=h.server.pk, policy_id=h.policy.pk
    ),
    "the policy is deleted": lambda h: delete_policy(
        actor=TESTER, server_id=h.server.pk, policy_id=h.policy.pk
    ),
    "the policy is for other clients": lambda h: update_policy(
        actor=TESTER, server_id=h.server.pk, policy_id=h.policy.pk, clients=[h.guard.client.pk]
    ),
    "the rule is deactivated": lambda h: deactivate_rule(
        actor=TESTER, server_id=h.server.pk, rule_id=h.rule.pk
    ),
    "the rule is deleted": lambda h: delete_rule(
        actor=TESTER, server_id=h.server.pk, rule_id=h.rule.pk
    ),
    "the rule has other conditions": lambda h: update_rule(
        actor=TESTER, server_id=h.server.pk, rule_id=h.rule.pk, conditions=OTHER_GRANTS
    ),
    "the signing key is revoked": lambda h: revoke_key(
        actor=TESTER, server_id=h.server.pk, kid=h.server.keys.get(state="CURRENT").pk
    ),
}

SPARES: dict[str, Change] = {
    "the server is described": lambda h: update_server(
        actor=TESTER, server_id=h.server.pk, description="Orders of the shop"
    ),
    "the client is renamed": lambda h: update_client(
        actor=TESTER, client=h.app.client, name="Another name"
    ),
    "a scope is added": lambda h: make_scope(h.server, "write"),
    "a rule is added": lambda h: make_rule(h.policy, priority=1),
    "a policy is added": lambda h: make_rule(make_policy(h.server, priority=1)),
    "the keys are rotated": lambda h: rotate_keys(actor=TESTER, server_id=h.server.pk),
    "the secret is rotated": lambda h: rotate_secret(actor=TESTER, client=h.app.client),
}


def story(change: str) -> str:
    return change.replace(" ", "-")


@pytest.mark.parametrize("change", ENDS, ids=story)
def test_a_token_ends_at_once_when(house: House, change: str) -> None:
    ENDS[change](house)
    assert not house.is_alive()


def test_a_token_ends_with_its_server(house: House) -> None:
    delete_server(actor=TESTER, server_id=house.server.pk)
    assert ask(house.server, house.app, "read").status_code == 404


@pytest.mark.parametrize("change", SPARES, ids=story)
def test_a_token_lives_on_when(house: House, change: str) -> None:
    SPARES[change](house)
    assert house.is_alive()


@pytest.mark.parametrize("what", ["client", "server", "rule"])
def test_what_comes_back_revives_no_token(house: House, what: str) -> None:
    ENDS[f"the {what} is deactivated"](house)
    server_id = house.server.pk
    if what == "client":
        activate_client(actor=TESTER, client=house.app.client)
    elif what == "server":
        activate_server(actor=TESTER, server_id=server_id)
    else:
        activate_rule(actor=TESTER, server_id=server_id, rule_id=house.rule.pk)
    assert not house.is_alive()
    new = get_token(house.server, house.app, "read")["access_token"]
    assert is_alive(house.server, house.guard, new)


def test_a_scope_made_anew_under_its_old_name_revives_no_token(house: House) -> None:
    ENDS["the scope is deleted"](house)
    make_scope(house.server, "read")
    assert not house.is_alive()


def test_tokens_of_another_client_live_on(house: House) -> None:
    other = service()
    token = get_token(house.server, other, "read")["access_token"]
    deactivate_client(actor=TESTER, client=house.app.client)
    assert is_alive(house.server, other, token)


def test_a_token_that_does_not_carry_the_deleted_scope_lives_on(house: House) -> None:
    make_scope(house.server, "write")
    token = get_token(house.server, house.app, "write")["access_token"]
    ENDS["the scope is deleted"](house)
    assert is_alive(house.server, house.guard, token)
