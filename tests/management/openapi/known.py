"""For each operation of the document a call that does what the operation is for."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from joserfc.jwk import RSAKey

from apps.clients.models import Client
from apps.clients.services import create_secret, deactivate_secret
from apps.clients.services.keys import add_key, set_key_status
from apps.management.hooks.events import ELIGIBLE
from apps.policies.services.inline_hooks import create_inline_hook, deactivate_inline_hook
from tests.factories import (
    TESTER,
    make_client,
    make_token_policy,
    make_user,
)
from tests.management.hooks.scene import NOWHERE
from tests.management.okta.caller import Program
from tests.management.okta.shapes_of_apps import app_body
from tests.management.openapi.scene import HOOK, Scene, make_scene

SERVER: Final = "/api/v1/authorizationServers/{server_id}"
APP: Final = "/api/v1/apps/{app_id}"
CONFIG: Final = "/{organization}/config"
LOGIN: Final = "/{organization}/login/token"
QUERIES: Final = {"GET /api/v1/policies": {"type": "ACCESS_POLICY"}}
WITHOUT_DIGEST: Final = f"GET {CONFIG}/clients/{{client_id}}/secret"
"""Nobody can be shown a secret of which only the digest is kept: 409."""
_NAME = re.compile(r"{(\w+)}")
Body = Any


@dataclass
class Known:
    """The scene, and what is sent there."""

    scene: Scene
    bodies: dict[str, Body]

    def parameters(self, method: str, path: str) -> dict[str, str]:
        """What the path's names stand for."""
        found = {name: self.scene.known(method, path, name) for name in _NAME.findall(path)}
        assert None not in found.values(), f"{method} {path}: nothing is known there"
        return {name: str(value) for name, value in found.items()}

    def body(self, method: str, path: str, get: Callable[[str], Body]) -> Body:
        """The body; what replaces is by default what was read."""
        body = self.bodies.get(f"{method} {path}")
        if body is None and method == "PUT":
            return get(path)
        return body() if callable(body) else body


def known() -> Known:
    """A new one."""
    scene = make_scene()
    scene.special = _places(scene) | scene.special
    return Known(scene, _bodies_of_parts(scene) | _bodies(scene) | _config_bodies(scene))


def _places(scene: Scene) -> dict[str, dict[str, str]]:
    """What can be ended, taken up again, and filled up to its limit."""
    full, half, keyed = make_client(), make_client(), make_client()
    for app in (full, half):
        create_secret(actor=TESTER, client=app)  # beside its first
    idle = deactivate_secret(actor=TESTER, secret=half.secrets.order_by("created")[0])
    names = [add_key(actor=TESTER, client=keyed, key=a_key(name))[1] for name in ("1", "2", "3")]
    set_key_status(actor=TESTER, client=keyed, key=names[0], is_active=False)
    hook = create_inline_hook(actor=TESTER, name="Quiet", url=NOWHERE)
    deactivate_inline_hook(actor=TESTER, hook=hook)
    secrets, keys = f"{APP}/credentials/secrets/{{secret_id}}", f"{APP}/credentials/jwks/{{key_id}}"
    here = {"app_id": half.pk, "secret_id": idle.pk}
    living = {"app_id": full.pk, "secret_id": full.secrets.order_by("created")[0].pk}
    still = {"app_id": keyed.pk, "key_id": names[0]}
    return {
        f"DELETE {secrets}": here,
        f"POST {secrets}/lifecycle/activate": here,
        f"POST {secrets}/lifecycle/deactivate": living,
        f"DELETE {keys}": still,
        f"POST {keys}/lifecycle/activate": still,
        f"POST {keys}/lifecycle/deactivate": still | {"key_id": names[1]},
        "DELETE /api/v1/inlineHooks/{hook_id}": {"hook_id": hook.pk},
        f"DELETE {CONFIG}/tokenPolicies/{{policy_id}}": {"policy_id": make_token_policy().pk},
        f"POST {APP}/lifecycle/activate": {"app_id": scene.special[f"DELETE {APP}"]["app_id"]},
    }


def a_key(name: str) -> dict[str, Any]:
    """A public one."""
    return dict(RSAKey.generate_key(2048, parameters={"kid": name}).as_dict(private=False))


def _bodies_of_parts(scene: Scene) -> dict[str, Body]:
    """Of what lies below a server or an application."""
    client = Client.objects.get(pk=scene.ids["app_id"]).client_id
    machines = {"grantTypes": {"include": ["client_credentials"]}, "scopes": {"include": ["*"]}}
    alone = {"grantType": "client_credentials", "clientId": client}
    policy = {"type": "OAUTH_AUTHORIZATION_POLICY", "name": "New", "description": "new"}
    for_all = {"conditions": {"clients": {"include": ["ALL_CLIENTS"]}}}
    claim = {"name": "n", "claimType": "RESOURCE", "valueType": "EXPRESSION", "value": "'x'"}
    rule = {"type": "RESOURCE_ACCESS", "name": "New", "conditions": machines}
    return {
        f"POST {SERVER}/claims": claim,
        f"POST {SERVER}/credentials/lifecycle/keyRotate": {"use": "sig"},
        f"POST {SERVER}/explain": {"grant_type": "client_credentials", "client_id": client},
        f"POST {SERVER}/policies": policy | for_all,
        f"POST {SERVER}/policies/{{policy_id}}/rules": rule,
        f"POST {SERVER}/scopes": {"name": "new"},
        f"POST {SERVER}/tests": {"name": "N", **alone, "expected": {"outcome": "DENY"}},
        f"POST {SERVER}/whatif": {
            "policies": [policy | for_all | {"rules": [rule]}],
            "edits": [{"type": "ADD_SCOPE", "name": "fresh"}],
        },
        f"POST {APP}/credentials/jwks": a_key("new"),
        f"POST {APP}/credentials/secrets": {},
        f"POST {APP}/grants": {"issuer": settings.BASE_URL, "scopeId": "okta.users.read"},
        f"PATCH {APP}/groups/{{group_id}}": [{"op": "replace", "path": "/priority", "value": 1}],
        f"POST {APP}/users": lambda: {"id": make_user().pk, "scope": "USER"},
        f"POST {APP}/users/{{user_id}}": {},
    }


def _bodies(scene: Scene) -> dict[str, Body]:
    """Of what belongs to nothing else."""
    inline = {"name": "New", "type": "com.okta.oauth2.tokens.transform", "version": "1.0.0"}
    event = {"name": "New", "events": {"type": "EVENT_TYPE", "items": [ELIGIBLE[0]]}}
    person = {"login": "new@example.com", "email": "new@example.com", "firstName": "N"}
    return {
        "POST /api/v1/apps": app_body(),
        "POST /api/v1/authorizationServers": {"name": "New", "audiences": ["https://new.example"]},
        "POST /api/v1/eventHooks": event | {"channel": HOOK},
        "POST /api/v1/groups": {"profile": {"name": "New"}},
        "POST /api/v1/inlineHooks": inline | {"channel": HOOK},
        "POST /api/v1/inlineHooks/{hook_id}": {"name": "Another"},
        "POST /api/v1/inlineHooks/{hook_id}/execute": {"any": "thing"},
        "POST /api/v1/tokens/diagnose": {"token": scene.config.token},
        "POST /api/v1/users": {"profile": person | {"lastName": "N"}},
        "POST /api/v1/users/{user_id}": {"profile": {"nickName": "Countess"}},
        "POST /oauth2/v1/clients": {"client_name": "N", "redirect_uris": ["https://n.example/c"]},
    }


def _config_bodies(scene: Scene) -> dict[str, Body]:
    """Of Identity Cloud's dialect. A connection is shown without its secret, and kept."""
    policy = {"title": "New", "allowedScopes": [".:config/**"]}
    mine = scene.config.client.token_policy_id
    client = {"name": "New", "type": "configuration", "tokenPolicy": mine}
    connection = {"domain": "d", "applicationId": "a", "entityType": "e", "clientId": "c"}
    store = {"type": "janrainCapture", "connectionDetails": connection | {"clientSecret": "x" * 20}}
    login = {"title": "New", "loginURL": "https://login.example.com/"}
    return {
        f"POST {CONFIG}/clients": client,
        f"POST {CONFIG}/tokenPolicies": policy,
        f"POST {CONFIG}/loginPolicies": login | {"identityStoreDetails": store},
        f"PUT {CONFIG}/loginPolicies/{{policy_id}}": login,
        f"POST {LOGIN}": {"grant_type": "client_credentials", "scope": ".:config/**"},
        f"POST {LOGIN}/introspect": {"token": scene.config.token},
        f"POST {LOGIN}/revoke": {"token": scene.config.token},
    }


def program(known: Known, path: str) -> Program:
    """Whoever may call this path."""
    return Program(known.scene.authorization(path))
