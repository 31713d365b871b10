"""The tokens that a change may end, and the ones beside them that it must not touch.

| token     | whose                                                                             |
|-----------|-----------------------------------------------------------------------------------|
| code      | an authorization code of the user, not yet exchanged                              |
| refresh   | a refresh token of the user                                                       |
| access    | an access token of the user                                                       |
| own       | the client's own access token (client_credentials)                                |
| neighbour | another client's and user's refresh token on the same server, under another policy |
| elsewhere | the same user's refresh token for the same client on another server               |
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from apps.clients.services import assign_group, assign_user
from apps.directory.models import Group
from apps.servers.models import SigningKey
from tests.factories import TESTER, make_group, make_policy, make_rule, make_scope, make_server
from tests.oauth.grants_fixture import (
    Tokens,
    World,
    authorize,
    beside,
    client_credentials,
    exchange,
    make_world,
    refresh,
    sign_in,
    tokens_of,
    userinfo,
)
from tests.oauth.watching import Watcher, watch

# Which column stands for which grant type; a new grant type needs one (see `test_completeness`).
GRANT_TYPE_OF: Final = {
    "code": "authorization_code",
    "refresh": "refresh_token",
    "access": "authorization_code",
    "own": "client_credentials",
    "neighbour": "refresh_token",
    "elsewhere": "refresh_token",
}
COLUMNS: Final = frozenset(GRANT_TYPE_OF)


@dataclass
class Scene:
    """A world, what stands beside it, and one token of each kind. Changes may replace `world`."""

    world: World
    neighbour: World
    elsewhere: World
    watcher: Watcher
    group: Group  # of the user; assigned, where the paths say so
    texts: dict[str, str] = field(default_factory=dict)
    exchanged: Tokens | None = None
    notes: dict[str, Any] = field(default_factory=dict)  # what a change keeps for its undoing

    def issue(self) -> None:
        """One token of each kind."""
        self.texts = {
            "refresh": sign_in(self.world).refresh,
            "access": sign_in(self.world).access,
            "own": client_credentials(self.world).access,
            "neighbour": sign_in(self.neighbour, "openid offline_access").refresh,
            "elsewhere": sign_in(self.elsewhere).refresh,
            "code": authorize(self.world),
        }

    def alive(self) -> set[str]:
        """The kinds whose token is worth something, wherever tokens are accepted."""
        return {kind for kind in COLUMNS if any(list(self.uses_of(kind)))}

    def uses_of(self, kind: str) -> Iterator[bool]:
        """What each place that accepts such a token says; they must agree."""
        places = list(getattr(self, f"_{kind}")())
        assert len(set(places)) == 1, (kind, places)
        yield from places

    def _code(self) -> Iterator[bool]:
        if self.exchanged is None:
            response = exchange(self.world, self.texts["code"])
            assert response.status_code in (200, 400, 401, 404), response.content
            if response.status_code != 200:
                yield False
                return
            self.exchanged = tokens_of(response)
        yield self._is_active(self.exchanged.access)
        yield self._is_active(self.exchanged.refresh, self.world)

    def _access(self) -> Iterator[bool]:
        text = self.texts["access"]
        yield self._is_active(text)
        response = userinfo(self.world, text)
        assert response.status_code in (200, 401, 404), response.content
        yield response.status_code == 200

    def _own(self) -> Iterator[bool]:
        yield self._is_active(self.texts["own"])

    def _refresh(self) -> Iterator[bool]:
        yield from self._used("refresh", self.world)

    def _neighbour(self) -> Iterator[bool]:
        yield from self._used("neighbour", self.neighbour)

    def _elsewhere(self) -> Iterator[bool]:
        client, secret = self.world.client, self.world.secret  # as the change has left them
        yield from self._used("elsewhere", replace(self.elsewhere, client=client, secret=secret))

    def _used(self, kind: str, world: World) -> Iterator[bool]:
        yield self._is_active(self.texts[kind], world)
        response = refresh(world, self.texts[kind])
        assert response.status_code in (200, 400, 401, 404), response.content
        if response.status_code == 200:
            self.texts[kind] = tokens_of(response).refresh
        yield response.status_code == 200

    def _is_active(self, text: str, owner: World | None = None) -> bool:
        return self.watcher.is_active(text, owner)


def make_scene(
    token_format: str, *, paths: tuple[str, ...] = ("direct",), password_counts: bool = True
) -> Scene:
    """Everything but the tokens. `paths`: how the user is assigned: direct, group, everyone."""
    server: dict[str, Any] = {"revoke_on_password_change": password_counts}
    world = make_world(token_format=token_format, server=server, is_assigned=False)
    group = assign(world, paths)
    neighbour = beside(world)
    make_rule(make_policy(world.server, clients=[neighbour.client.pk], priority=1))
    other = make_server(access_token_format=token_format, **server)
    make_rule(make_policy(other))
    scope = make_scope(other, "orders:read")
    elsewhere = replace(world, server=other, scope=scope)
    return Scene(world, neighbour, elsewhere, watch(world), group)


def assign(world: World, paths: tuple[str, ...]) -> Group:
    """Assign the user by each of the paths; the group that is one of them, or could be."""
    group = make_group(world.user)
    if "direct" in paths:
        assign_user(actor=TESTER, client=world.client, user=world.user)
    if "group" in paths:
        assign_group(actor=TESTER, client=world.client, group=group)
    if "everyone" in paths:
        everyone = Group.objects.get(type=Group.Type.BUILT_IN)
        assign_group(actor=TESTER, client=world.client, group=everyone)
    return group


def signing_key(scene: Scene) -> SigningKey:
    """The key that the server signs with."""
    return SigningKey.objects.get(server=scene.world.server, state=SigningKey.State.CURRENT)
