"""One scene that holds every kind of token at once, of both formats.

| token       | where it is presented                                                             |
|-------------|-----------------------------------------------------------------------------------|
| code        | exchange, then introspection of what it gave                                      |
| refresh     | introspection, refresh                                                            |
| access      | introspection, userinfo: a JWT                                                    |
| own         | introspection: a JWT without a user                                               |
| access≡     | introspection, userinfo: opaque                                                   |
| own≡        | introspection: opaque, without a user                                             |
| neighbour   | another's refresh token                                                           |
| elsewhere   | the user's refresh token on another server                                        |
| management  | a configuration client's token: introspection, and the management layer itself    |
| id          | nowhere a token: introspection says no from the start; a hint for the pages only  |
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db.models import F

from apps.clients.models import Client
from apps.directory.models import User
from apps.servers.models import AuthorizationServer
from apps.servers.services import ensure_installation
from tests.guards.net import unguarded
from tests.management.caller import Caller, enrol
from tests.management.okta.caller import Program, a_superusers_program
from tests.oauth.grants_fixture import client_credentials, sign_in, userinfo
from tests.oauth.liveness.causes import ALL, Cause
from tests.oauth.liveness.doors.pages import Console, open_console
from tests.oauth.liveness.scene import COLUMNS, GRANT_TYPE_OF, Scene, make_scene

OPAQUE: Final = {"access": "access≡", "own": "own≡"}
KINDS: Final = COLUMNS | set(OPAQUE.values()) | {"management", "id"}
GRANTS: Final = (
    GRANT_TYPE_OF
    | {name: GRANT_TYPE_OF[like] for like, name in OPAQUE.items()}
    | {"management": "client_credentials", "id": "authorization_code"}
)


@dataclass
class DoorScene(Scene):
    """A scene with a console, and a configuration client at work."""

    console: Console = field(kw_only=True)
    caller: Caller = field(kw_only=True)  # by whom the config API is called
    onlooker: Caller = field(kw_only=True)  # whose token stands on nothing of the world
    program: Program = field(kw_only=True)  # an administrator's, by whom the REST API is called

    def issue(self) -> None:
        super().issue()
        self._switch("opaque")
        tokens = sign_in(self.world)
        self.texts |= {
            "access≡": tokens.access,
            "own≡": client_credentials(self.world).access,
            "id": tokens.answer["id_token"],
        }
        self._switch("jwt")

    def alive(self) -> set[str]:
        found = {kind for kind in KINDS - {"id"} if any(list(self.uses_of(kind)))}
        assert not self._is_active(self.texts["id"])
        return found

    def uses_of(self, kind: str) -> Iterator[bool]:
        if kind == "management":
            places = [
                self.onlooker.get("clients").status_code == 200,
                bool(self.onlooker.introspect()["active"]),
            ]
        elif kind == "access≡":
            text = self.texts[kind]
            places = [self._is_active(text), userinfo(self.world, text).status_code == 200]
        elif kind == "own≡":
            places = [self._is_active(self.texts[kind])]
        else:
            yield from super().uses_of(kind)
            return
        assert len(set(places)) == 1, (kind, places)
        yield from places

    def refresh_rows(self) -> None:
        """The rows as they are now; those that are gone as they were."""
        client = Client.objects.filter(pk=self.world.client.pk).first()
        user = User.objects.filter(pk=self.world.user.pk).first()
        self.world = replace(
            self.world, client=client or self.world.client, user=user or self.world.user
        )

    def _switch(self, token_format: str) -> None:
        """The next tokens have this format, and none dies of it: no service can do that."""
        row = AuthorizationServer.objects.filter(pk=self.world.server.pk)
        with unguarded():
            row.update(access_token_format=token_format, version=F("version") + 1)


def open_scene(cause: Cause) -> DoorScene:
    """Everything that a cause needs, with a token of each kind."""
    ensure_installation()
    scene = make_scene("jwt", paths=cause.paths, password_counts=cause.password_counts)
    parts: dict[str, Any] = {name: getattr(scene, name) for name in Scene.__dataclass_fields__}
    opened = DoorScene(
        **parts,
        console=open_console(),
        caller=enrol("*:**"),
        onlooker=enrol("*:**"),
        program=a_superusers_program(),
    )
    if cause.prepare:
        cause.prepare(opened)
    opened.issue()
    return opened


def living_after(cause: Cause) -> set[str]:
    """The kinds that the cause leaves alive."""
    dead = set(cause.dead_in("jwt"))
    dead |= {name for like, name in OPAQUE.items() if like in cause.dead_in("opaque")}
    if cause.dead >= ALL:
        dead.add("management")
    return set(KINDS) - dead - {"id"}
