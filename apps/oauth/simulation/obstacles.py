"""What refuses a request before any policy is read, as the endpoints would."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from apps.oauth.endpoint import unknown_server
from apps.oauth.facts import ServerFacts
from apps.oauth.grants import GRANTS
from apps.oauth.token import allow_grant, allow_server
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.client_auth import REASON_CLIENT_INACTIVE
from authzsite.domain.errors import OAuthError, invalid_client
from authzsite.domain.server import ServerSnapshot

SERVER: Final = "server"
CLIENT: Final = "client"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One of them: a sentence for the administrator, and what the client hears."""

    text: str
    error: OAuthError
    about: str = CLIENT
    """Where it is mended: the server's settings, or the client's."""
    field: str = ""
    """The setting, where it is one."""


def obstacles(
    server: ServerSnapshot, client: ClientSnapshot, grant_type: str
) -> tuple[Obstacle, ...]:
    """All that is in the way, in the order in which the endpoints look."""
    return (*_of_server(server), *client_obstacles(server, client, grant_type))


def client_obstacles(
    server: ServerFacts, client: ClientSnapshot, grant_type: str
) -> tuple[Obstacle, ...]:
    """Those of the client, whatever the state of the server."""
    return (*_of_client(client, grant_type), *_of_both(server, client))


def _of_server(server: ServerSnapshot) -> Iterator[Obstacle]:
    if not server.is_active:
        text = _("The authorization server is inactive: nobody reaches it.")
        yield Obstacle(text, unknown_server(), SERVER)


def _of_client(client: ClientSnapshot, grant_type: str) -> Iterator[Obstacle]:
    if not client.is_active:
        text = _("The client is inactive: it can't authenticate.")
        yield Obstacle(text, invalid_client(REASON_CLIENT_INACTIVE))
    text = _("The client may not use %(grant_type)s.") % {"grant_type": grant_type}
    yield from _raised(text, lambda: allow_grant(client, grant_type), "grant_types")


def _of_both(server: ServerFacts, client: ClientSnapshot) -> Iterator[Obstacle]:
    text = _(
        "Configuration clients get tokens from the organization's own server, and nobody else."
    )
    yield from _raised(text, lambda: allow_server(server, client))


def _raised(text: str, check: Callable[[], None], field: str = "") -> Iterator[Obstacle]:
    try:
        check()
    except OAuthError as error:
        yield Obstacle(text, error, field=field)


def decides(grant_type: str) -> bool:
    """Whether policies decide on this grant type: a refresh continues a decision (R11)."""
    module = GRANTS.get(grant_type)
    return module is not None and module.SPEC.in_rules
