"""The console's lines of clients and their secrets."""

from dataclasses import replace
from typing import Any, Final

from apps.clients.models import ClientSecret
from apps.systemlog.admin.parts import change_url, list_url, part_url
from tests.oauth.liveness.causes import in_turn
from tests.oauth.liveness.clients import FIELDS
from tests.oauth.liveness.doors.door import Change, Line

CLIENT = "clients.Client"
NOT_IN_THE_FORM: Final = {"response_types"}


def url(scene: Any, part: str = "change") -> str:
    return part_url(CLIENT, scene.world.client.pk, part)


def button(part: str, **fields: str) -> Change:
    return lambda scene: scene.console.press(url(scene, part), **fields)


def selected(verb: str) -> Change:
    """An action of the list of clients."""
    return lambda scene: scene.console.press(
        list_url(CLIENT), action=f"{verb}_clients", _selected_action=scene.world.client.pk
    )


def field(name: str, value: Any) -> Change:
    def change(scene: Any) -> None:
        scene.notes["before"] = getattr(scene.world.client, name)
        _write(scene, name, value)

    return change


def field_back(name: str) -> Change:
    return lambda scene: _write(scene, name, scene.notes["before"])


def _write(scene: Any, name: str, value: Any) -> None:
    several = name == "grant_types"
    if name == "jwks" and not value:
        value = ""
    scene.console.submit(
        change_url(CLIENT, scene.world.client.pk), **{name: tuple(value) if several else value}
    )


def shown_secret(response: Any) -> str:
    """The new secret, shown this once."""
    return str(response.context["secret"]["value"])


def rotate(hours: str) -> Change:
    def change(scene: Any) -> None:
        shown = scene.console.submit(url(scene, "secrets"), overlap=hours)
        scene.world = replace(scene.world, secret=shown_secret(shown))

    return change


def add_secret(scene: Any) -> None:
    shown = scene.console.submit(url(scene, "secrets"), expires_at="")
    scene.world = replace(scene.world, secret=shown_secret(shown))


def first_secret(verb: str) -> Change:
    def change(scene: Any) -> None:
        row = ClientSecret.objects.filter(client=scene.world.client).order_by("created")[0]
        scene.console.press(url(scene, "secrets"), form=verb, secret=row.pk)

    return change


LINES: Final[dict[str, Line]] = {
    "client deactivated": Line(
        button("deactivate"),
        button("activate", confirmed="1"),
        ("clients_client_deactivate", "clients_client_activate"),
    ),
    "client deleted": Line(button("delete"), None, ("clients_client_delete",)),
    "secret rotated": Line(rotate("0"), None, ("clients_client_secrets",)),
    "secret rotated with overlap": Line(rotate("1")),
    "leaked secret revoked": Line(in_turn(add_secret, first_secret("leaked"))),
    "secret deactivated and deleted": Line(
        in_turn(add_secret, first_secret("deactivate"), first_secret("delete"))
    ),
    "secret deactivated and activated": Line(
        in_turn(add_secret, first_secret("deactivate"), first_secret("activate"))
    ),
    **{
        f"client's {name} changed": Line(
            field(name, value), field_back(name), ("clients_client_change",)
        )
        for name, (value, _) in FIELDS.items()
        if name not in NOT_IN_THE_FORM
    },
}
WITHOUT: Final = {
    f"client's {name} changed": "not in the form: it follows the grant types"
    for name in NOT_IN_THE_FORM
}
ACTIONS: Final[dict[str, Line]] = {
    "client deactivated": Line(
        selected("deactivate"),
        selected("activate"),
        (
            "clients_client_changelist:deactivate_clients",
            "clients_client_changelist:activate_clients",
        ),
    ),
}
