"""One of everything, so that invented calls meet what is there."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from joserfc.jwk import RSAKey

from apps.clients.models import ClientSecret
from apps.clients.services import assign_group, deactivate_client
from apps.directory.models import User
from apps.management.hooks.events import ELIGIBLE
from apps.management.okta.resources.app_grants import grants_of
from apps.servers.models import SigningKey
from apps.systemlog.models import LogEvent
from apps.tokens.models import Consent, Grant
from tests.factories import (
    TESTER,
    make_claim,
    make_client,
    make_group,
    make_scope,
    make_superuser,
    make_user,
)
from tests.management.caller import Caller, enrol
from tests.management.hooks.scene import NOWHERE
from tests.management.okta.caller import Program, program_of
from tests.stories.people import Visit, visit

ORGANIZATION = "org"
HOOK = {"type": "HTTP", "version": "1.0.0", "config": {"uri": NOWHERE}}


@dataclass
class Scene:
    """What path parameters may name, and a credential for each half of the API."""

    api_token: str
    config: Caller
    ids: dict[str, str]
    special: dict[str, dict[str, str]]
    """Where a name means something else: a call, or the beginning of paths, and the ids there."""

    def known(self, method: str, path: str, name: str) -> str | None:
        """An id that this parameter of this call may have; None where nothing is known."""
        for place, ids in self.special.items():
            if name in ids and (place == f"{method} {path}" or path.startswith(place)):
                return ids[name]
        return self.ids.get(name)

    def authorization(self, path: str) -> str:
        """The credential for a path."""
        if path.startswith("/{organization}/login/"):
            text = f"{self.config.client.client_id}:{self.config.secret}"
            return f"Basic {base64.b64encode(text.encode()).decode()}"
        is_config = path.startswith("/{organization}/config/")
        return f"Bearer {self.config.token}" if is_config else f"SSWS {self.api_token}"


@contextmanager
def kept_connection() -> Iterator[None]:
    """A request doesn't end the connection of the test, as in Django's own test client, which
    connects these again after each of its calls."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def make_scene() -> Scene:
    """A server with its parts, a person with tokens, an application with a secret, hooks."""
    shop = visit("orders", rule={"scopes": ["*"]})
    program = program_of(make_superuser())
    caller, other = enrol("*:**"), enrol("*:**")
    made = made_by_calls(program, shop)
    shop.tokens("openid offline_access orders")  # after the key, which ended earlier ones (R15)
    assert shop.refresh("x").status_code == 400  # which has a reference
    ids = rows_of(shop) | made
    policy = str(other.client.token_policy_id)
    program_app = enrol("okta.logs.read").client
    special = {
        "/{organization}/config/clients": {"client_id": other.client.client_id},
        "/{organization}/config/tokenPolicies": {"policy_id": policy},
        "/{organization}/config/loginPolicies": {"policy_id": a_login_policy(caller)},
        "/api/v1/apps/{app_id}/grants": {
            "app_id": program_app.pk,
            "grant_id": grants_of(program_app.pk)[0]["id"],
        },
        "/api/v1/apps/{app_id}/credentials/jwks": {"key_id": ids.pop("jwk_id")},
        "/api/v1/inlineHooks": {"hook_id": ids.pop("inline_hook_id")},
    }
    special |= in_the_right_state()
    return Scene(program.authorization.removeprefix("SSWS "), caller, ids, special)


def rows_of(shop: Visit) -> dict[str, str]:
    """Ids of what the services make."""
    server, client, user = shop.server, shop.client, shop.user
    group = make_group(user)
    assign_group(actor=TESTER, client=client, group=group)
    rule = server.policies.get().rules.get()
    consent = Consent.objects.create(
        server_id=server.pk, client_id=client.pk, user_id=user.pk, scope="orders"
    )
    return {
        "organization": ORGANIZATION,
        "server_id": server.pk,
        "scope_id": make_scope(server, "reports").pk,
        "claim_id": make_claim(server, "tier", "'gold'").pk,
        "policy_id": rule.policy_id,
        "rule_id": rule.pk,
        "app_id": client.pk,
        "client_id": client.client_id,
        "secret_id": ClientSecret.objects.get(client=client).pk,
        "user_id": user.pk,
        "group_id": group.pk,
        "token_id": Grant.objects.get().pk,
        "grant_id": consent.pk,
        "key_id": SigningKey.objects.filter(server=server)[0].kid,
        "reference": LogEvent.objects.filter(outcome="FAILURE").latest("pk").reference,
    }


def in_the_right_state() -> dict[str, dict[str, str]]:
    """Calls that only somebody, or something, in another state can be asked for."""
    people = {
        "activate": "STAGED",
        "reactivate": "PROVISIONED",
        "unlock": "LOCKED_OUT",
        "unsuspend": "SUSPENDED",
    }
    found = {}
    for step, status in people.items():
        user = make_user(password=None, activate=False)
        User.objects.filter(pk=user.pk).update(status=status)
        found[f"POST /api/v1/users/{{user_id}}/lifecycle/{step}"] = {"user_id": user.pk}
    app = deactivate_client(actor=TESTER, client=make_client())
    return found | {"DELETE /api/v1/apps/{app_id}": {"app_id": app.pk}}


def made_by_calls(program: Program, shop: Visit) -> dict[str, str]:
    """Ids of what is quickest made over the API."""
    server = f"authorizationServers/{shop.server.pk}"
    key = RSAKey.generate_key(2048, parameters={"kid": "one"}).as_dict(private=False)
    event = {"name": "E", "events": {"type": "EVENT_TYPE", "items": [ELIGIBLE[0]]}}
    inline = {"name": "I", "type": "com.okta.oauth2.tokens.transform", "version": "1.0.0"}
    test = {
        "name": "T",
        "grantType": "client_credentials",
        "clientId": shop.client.client_id,
        "expected": {"outcome": "DENY"},
    }
    made: dict[str, Any] = {
        "jwk_id": program.post(f"apps/{shop.client.pk}/credentials/jwks", key),
        "hook_id": program.post("eventHooks", event | {"channel": HOOK}),
        "inline_hook_id": program.post("inlineHooks", inline | {"channel": HOOK}),
        "test_id": program.post(f"{server}/tests", test),
    }
    for name, answer in made.items():
        assert answer.status_code in {200, 201}, f"{name}: {answer.content!r}"
    return {name: answer.json()["id"] for name, answer in made.items()}


def a_login_policy(caller: Caller) -> str:
    """The id of one."""
    connection = {"domain": "d", "applicationId": "a", "entityType": "e", "clientId": "c"}
    store = {"type": "janrainCapture", "connectionDetails": connection | {"clientSecret": "x" * 20}}
    body = {
        "title": "L",
        "loginURL": "https://login.example.com/",
        "identityStoreDetails": store,
    }
    answer = caller.post("loginPolicies", body)
    assert answer.status_code == 201, answer.content
    return str(answer.json())
