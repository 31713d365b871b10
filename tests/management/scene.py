"""One living object for every name in an address of the management APIs, and all that none of their
answers may hold."""

from dataclasses import dataclass, field
from typing import Any

from apps.clients.models import Client, ClientSecret
from apps.directory.models import Group, User
from apps.management.api_tokens.models import ApiToken
from apps.servers.models import AuthorizationServer, SigningKey
from apps.tokens.models import AccessToken, Grant
from tests.factories import make_claim, make_group, make_scope
from tests.management.routes import Route
from tests.oauth import flow


@dataclass
class Scene:
    """A server in use: a client with a secret and a key, a user with tokens of it, and a group."""

    world: flow.World
    ids: dict[str, str]
    texts: list[str] = field(default_factory=list)

    def path(self, route: Route) -> str:
        """The address of a living object, where the scene has one."""
        ids = dict.fromkeys(route.names, "0oaAAAAAAAAAAAAAAAAA") | self.ids
        if "authorizationServers" in route.template:
            ids["client_id"] = self.world.client.pk
        if route.template.startswith("<str:organization>"):
            ids["client_id"] = self.world.client.client_id
        return route.path(ids)

    def secrets(self) -> list[str]:
        """What is in the database, or was shown once, and must be in no answer."""
        kept = [
            *self.texts,
            *ClientSecret.objects.values_list("digest", flat=True),
            *ApiToken.objects.values_list("digest", flat=True),
            *AccessToken.objects.values_list("digest", flat=True),
            *User.objects.values_list("password", flat=True),
        ]
        sealed = [
            bytes(one) for one in SigningKey.objects.values_list("sealed_private_key", flat=True)
        ]
        return [*filter(None, kept), *(one.hex() for one in sealed), "PRIVATE KEY"]


def scene() -> Scene:
    """A new one."""
    world = flow.make_world()
    tokens = flow.login_tokens(world, scope="openid offline_access")
    scope, claim = make_scope(world.server, "orders:read"), make_claim(world.server, "dept", "'x'")
    group = make_group(world.user)
    policy = world.server.policies.get()
    grant = Grant.objects.get()
    key = SigningKey.objects.filter(server=world.server)[0]
    ids = {
        "server_id": world.server.pk,
        "scope_id": scope.pk,
        "claim_id": claim.pk,
        "policy_id": policy.pk,
        "rule_id": policy.rules.get().pk,
        "key_id": key.kid,
        "app_id": world.client.pk,
        "client_id": world.client.client_id,
        "secret_id": world.client.secrets.get().pk,
        "user_id": world.user.pk,
        "group_id": group.pk,
        "token_id": grant.pk,
        "grant_id": grant.pk,
    }
    texts = [world.secret, *(tokens[n] for n in ("access_token", "refresh_token", "id_token"))]
    return Scene(world, ids, texts)


def count_rows() -> dict[str, Any]:
    """What a change of the configuration would alter, row by row."""
    models = (AuthorizationServer, Client, ClientSecret, Group, SigningKey, User)
    return {one.__name__: sorted(map(repr, one._default_manager.values())) for one in models}
