"""R15, third line: clients, field by field, and their secrets."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from apps.clients import services as clients
from apps.clients.models import ClientSecret
from tests.factories import REDIRECT_URI, TESTER
from tests.oauth.liveness.causes import NOTHING, OF_CLIENT, Cause, Change, in_turn
from tests.oauth.liveness.scene import Scene
from tests.oauth.races.assertions import KEY

OTHER_URI = "https://app.example.com/other"

# Field → (another value, what dies of it). `test_completeness` compares it with the service's.
FIELDS: Final[dict[str, tuple[Any, frozenset[str]]]] = {
    "name": ("Renamed", NOTHING),
    "grant_types": (["authorization_code", "refresh_token"], OF_CLIENT),
    "response_types": (["code", "token"], NOTHING),
    "redirect_uris": ([REDIRECT_URI, OTHER_URI], OF_CLIENT),
    "post_logout_redirect_uris": ([OTHER_URI], NOTHING),
    "token_endpoint_auth_method": ("client_secret_post", OF_CLIENT),
    "jwks": ({"keys": [dict(KEY.as_dict(private=False))]}, OF_CLIENT),
    "jwks_uri": ("https://app.example.com/keys", OF_CLIENT),
    "pkce_required": (False, NOTHING),
    "consent_method": ("REQUIRED", NOTHING),
    "rotation_type": ("STATIC", NOTHING),
    "leeway": (60, NOTHING),
    "allowed_origins": (["https://app.example.com"], NOTHING),
    "client_uri": ("https://app.example.com/", NOTHING),
    "logo_uri": ("https://app.example.com/logo.png", NOTHING),
    "tos_uri": ("https://app.example.com/terms", NOTHING),
    "policy_uri": ("https://app.example.com/privacy", NOTHING),
    "initiate_login_uri": ("https://app.example.com/login", NOTHING),
}
# Of configuration clients: see `test_token_policies`; and `test_login_policies` of management.
ELSEWHERE: Final = {"token_policy", "login_policy"}


def client(service: str, **fields: Any) -> Change:
    """A change of the client."""

    def change(scene: Scene) -> None:
        row = getattr(clients, service)(actor=TESTER, client=scene.world.client, **fields)
        if row is not None:
            scene.world = replace(scene.world, client=row)

    return change


def field(name: str, value: Any) -> Change:
    """Another value of one field."""

    def change(scene: Scene) -> None:
        scene.notes["before"] = getattr(scene.world.client, name)
        client("update_client", **{name: value})(scene)

    return change


def field_back(name: str) -> Change:
    """The value that it had."""
    return lambda scene: client("update_client", **{name: scene.notes["before"]})(scene)


def rotate(**options: Any) -> Change:
    """Another secret, which the client uses from now on."""

    def change(scene: Scene) -> None:
        _, text = clients.rotate_secret(actor=TESTER, client=scene.world.client, **options)
        scene.world = replace(scene.world, secret=text)

    return change


def add_secret(scene: Scene) -> None:
    _, text = clients.create_secret(actor=TESTER, client=scene.world.client)
    scene.world = replace(scene.world, secret=text)


def first_secret(service: str) -> Change:
    """A change of the oldest secret; the client uses another one."""

    def change(scene: Scene) -> None:
        row = ClientSecret.objects.filter(client=scene.world.client).order_by("created")[0]
        getattr(clients, service)(actor=TESTER, secret=row)

    return change


LIFECYCLE: Final = (
    Cause(
        "client deactivated",
        OF_CLIENT,
        client("deactivate_client"),
        client("activate_client"),
        ("deactivate_client", "activate_client"),
        156,
    ),
    Cause("client deleted", OF_CLIENT, client("delete_client"), None, ("delete_client",), 156),
    Cause("secret rotated", NOTHING, rotate(), None, ("rotate_secret",), 156),
    Cause(
        "secret rotated with overlap",
        NOTHING,
        rotate(overlap=timedelta(hours=1)),
        None,
        ("rotate_secret",),
        156,
    ),
    Cause(
        "leaked secret revoked",
        OF_CLIENT,
        in_turn(add_secret, first_secret("revoke_secret_now")),
        None,
        ("revoke_secret_now", "create_secret"),
        156,
    ),
    Cause(
        "secret deactivated and deleted",
        NOTHING,
        in_turn(add_secret, first_secret("deactivate_secret"), first_secret("delete_secret")),
        None,
        ("deactivate_secret", "delete_secret"),
        156,
    ),
    Cause(
        "secret deactivated and activated",
        NOTHING,
        in_turn(add_secret, first_secret("deactivate_secret"), first_secret("activate_secret")),
        None,
        ("activate_secret",),
        156,
    ),
)

CHANGES: Final = tuple(
    Cause(
        f"client's {name} changed",
        dead,
        field(name, value),
        field_back(name),
        ("update_client",),
        156,
    )
    for name, (value, dead) in FIELDS.items()
)
