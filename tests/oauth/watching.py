"""The protected API as an onlooker: what of a world's tokens is alive."""

from dataclasses import dataclass, replace
from typing import Any

from apps.servers.services import set_resource_servers
from tests.factories import TESTER, make_client_and_secret
from tests.oauth.grants_fixture import Tokens, World, body_of, post, tokens_of


@dataclass(frozen=True)
class Watcher:
    """The protected API: it may introspect every access token of the server, whoever has it (R4a).
    About refresh tokens only their own client is told."""

    world: World
    owner: World

    def is_active(self, text: str, owner: World | None = None) -> bool:
        """Whether the token is alive; a server or client that is gone has no tokens."""
        asking = (owner or self.owner) if text.startswith("azrt_") else self.world
        response = post(asking, "introspect", {"token": text})
        assert response.status_code in (200, 401, 404), response.content
        return response.status_code == 200 and bool(body_of(response)["active"])

    def alive(self, *answers: Tokens) -> list[str]:
        """Which texts of these answers are alive."""
        texts = {text for tokens in answers for text in (tokens.access, tokens.refresh) if text}
        return sorted(text for text in texts if self.is_active(text))


def watch(world: World) -> Watcher:
    """A watcher over the world's server, who has nothing to do with its client or user."""
    client, secret = make_client_and_secret("service")
    set_resource_servers(actor=TESTER, server_id=world.server.pk, client_ids=[client.pk])
    return Watcher(replace(world, client=client, secret=secret), world)


def tokens_in(responses: list[Any]) -> list[Tokens]:
    """The tokens of the answers that granted some."""
    return [tokens_of(response) for response in responses if response.status_code == 200]
