"""R15, the lines of servers, scopes, keys and the installation."""

from typing import Any, Final

from apps.servers import services as servers
from apps.servers.models import Claim, Scope
from tests.factories import TESTER, make_client, make_server
from tests.oauth.liveness.causes import ALL, NOTHING, OF_KEY, OF_POLICY, OF_SERVER, Cause, Change
from tests.oauth.liveness.scene import Scene, signing_key

OF_SCOPE: Final = frozenset({"refresh", "access", "neighbour"})  # all that have `openid`
SERVER_FIELDS: Final[dict[str, tuple[Any, frozenset[str]]]] = {
    "name": ("Renamed", NOTHING),
    "description": ("Described", NOTHING),
    "audience": ("api://elsewhere", OF_SERVER),
    "scope_mode": ("narrow", OF_SERVER),
    "access_token_format": (None, OF_SERVER),  # None: the other one
    "signing_alg": ("EdDSA", NOTHING),
    "rotation_mode": ("MANUAL", NOTHING),
    "issuer_mode": ("CUSTOM_URL", NOTHING),
    "revoke_on_password_change": (False, NOTHING),
    "policy_test_mode": ("warn", NOTHING),
    "second_person": (False, NOTHING),  # once it is on: tests/admin/test_second_person.py
}
SCOPE_FIELDS: Final[dict[str, tuple[Any, frozenset[str]]]] = {
    "name": ("orders:see", OF_POLICY),
    "display_name": ("Orders", NOTHING),
    "description": ("See orders", NOTHING),
    "consent": ("REQUIRED", NOTHING),
    "is_default": (True, NOTHING),
    "metadata_publish": ("ALL_CLIENTS", NOTHING),
    "is_optional": (True, NOTHING),
}


def server(service: str, **fields: Any) -> Change:
    """A change of the server."""
    return lambda scene: getattr(servers, service)(
        actor=TESTER, server_id=scene.world.server.pk, **fields
    )


def scope(service: str, **fields: Any) -> Change:
    """A change of the scope that the tokens carry."""
    return lambda scene: server(service, scope_id=scene.world.scope.pk, **fields)(scene)


def server_field(name: str, value: Any) -> Change:
    """Another value of one field."""

    def change(scene: Scene) -> None:
        before = scene.notes["before"] = getattr(scene.world.server, name)
        other = {"jwt": "opaque", "opaque": "jwt"}.get(before)
        server("update_server", **{name: other if value is None else value})(scene)

    return change


def server_field_back(name: str) -> Change:
    """The value that it had."""
    return lambda scene: server("update_server", **{name: scene.notes["before"]})(scene)


def revoke_openid(scope_name: str) -> Change:
    """End every token that carries a scope of OpenID Connect."""

    def change(scene: Scene) -> None:
        row = Scope.objects.get(server=scene.world.server, name=scope_name)
        server("revoke_scope_tokens", scope_id=row.pk)(scene)

    return change


def made_anew(scene: Scene) -> None:
    """Another server under the id of the deleted one."""
    row = scene.world.server
    make_server(
        row.pk,
        name=row.name,
        audience=row.audience,
        access_token_format=row.access_token_format,
    )
    watcher = scene.watcher.world.client
    server("set_resource_servers", client_ids=[watcher.pk])(scene)


def rescope(scene: Scene) -> None:
    """Another scope under the name of the deleted one."""
    server("create_scope", name="orders:read")(scene)


def revoke_signing_key(scene: Scene) -> None:
    server("revoke_key", kid=signing_key(scene).kid)(scene)


def rotate_then_revoke(scene: Scene) -> None:
    """The key that has signed is retired when it is revoked."""
    kid = signing_key(scene).kid
    server("rotate_keys")(scene)
    server("revoke_key", kid=kid)(scene)


def watch_too(scene: Scene) -> None:
    """One more client that may introspect."""
    watcher = scene.watcher.world.client
    ids = [watcher.pk, make_client("service").pk]
    server("set_resource_servers", client_ids=ids)(scene)


def claim(scene: Scene) -> None:
    """A claim made, changed and deleted."""
    server("create_claim", name="kind", value="'a'", claim_type="RESOURCE")(scene)
    row = Claim.objects.get(server=scene.world.server, name="kind")
    server("update_claim", claim_id=row.pk, value="'b'")(scene)
    server("delete_claim", claim_id=row.pk)(scene)


SERVERS: Final = (
    Cause(
        "server deactivated",
        OF_SERVER,
        server("deactivate_server"),
        server("activate_server"),
        ("deactivate_server", "activate_server"),
        153,
    ),
    Cause("server deleted", OF_SERVER, server("delete_server"), made_anew, ("delete_server",), 153),
    Cause(
        "server's tokens revoked",
        OF_SERVER,
        server("revoke_server_tokens"),
        None,
        ("revoke_server_tokens",),
    ),
    Cause(
        "all tokens revoked",
        ALL,
        lambda scene: servers.revoke_all_tokens(actor=TESTER),
        None,
        ("revoke_all_tokens",),
    ),
    Cause("another server made", NOTHING, lambda scene: make_server(), None, ("create_server",)),
    Cause("resource servers named", NOTHING, watch_too, None, ("set_resource_servers",)),
    Cause("claims changed", NOTHING, claim, None, ("create_claim", "update_claim", "delete_claim")),
    *(
        Cause(
            f"server's {name} changed",
            dead,
            server_field(name, value),
            server_field_back(name),
            ("update_server",),
        )
        for name, (value, dead) in SERVER_FIELDS.items()
    ),
)

SCOPES: Final = (
    Cause(
        "scope deleted",
        OF_POLICY,
        scope("delete_scope"),
        rescope,
        ("delete_scope", "create_scope"),
        146,
    ),
    Cause(
        "scope's tokens revoked",
        OF_POLICY,
        scope("revoke_scope_tokens"),
        None,
        ("revoke_scope_tokens",),
    ),
    Cause(
        "tokens with openid revoked",
        OF_SCOPE,
        revoke_openid("openid"),
        None,
        ("revoke_scope_tokens",),
    ),
    Cause("tokens with email revoked", NOTHING, revoke_openid("email")),
    Cause(
        "scope added",
        NOTHING,
        server("create_scope", name="orders:write"),
        None,
        ("create_scope",),
    ),
    *(
        Cause(
            f"scope's {name} changed",
            dead,
            scope("update_scope", **{name: value}),
            scope("update_scope", name="orders:read") if name == "name" else None,
            ("update_scope",),
            146,
        )
        for name, (value, dead) in SCOPE_FIELDS.items()
    ),
)

KEYS: Final = (
    Cause(
        "signing key revoked", OF_KEY, revoke_signing_key, None, ("revoke_key",), 158, only_jwt=True
    ),
    Cause(
        "retired key revoked",
        OF_KEY,
        rotate_then_revoke,
        None,
        ("revoke_key", "rotate_keys"),
        158,
        only_jwt=True,
    ),
    Cause("signing key rotated", NOTHING, server("rotate_keys"), None, ("rotate_keys",), 158),
)
