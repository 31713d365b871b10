"""One request that nobody has made, answered as the endpoints would answer it now."""

from dataclasses import dataclass
from datetime import datetime

from apps.oauth import runtime
from apps.oauth.facts import access_request
from apps.oauth.simulation.names import people_names
from apps.oauth.simulation.obstacles import Obstacle, obstacles
from apps.oauth.simulation.preview import Preview, preview_tokens
from apps.oauth.token import denial
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.store import NOTHING, Lookup
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.errors import OAuthError
from authzsite.domain.explanation import Explanation
from authzsite.domain.grant_types import has_user
from authzsite.domain.policy import explain


@dataclass(frozen=True, slots=True)
class Asked:
    """A token request as people describe it: who, for whom, what. `client_id` is the name on the
    wire, `user_id` a row's; a grant without a user ignores it."""

    server_id: str
    client_id: str
    grant_type: str
    user_id: str = ""
    scopes: tuple[str, ...] | None = None
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class Simulation:
    """The answer. `refusal` is what the client would hear instead of tokens."""

    explanation: Explanation
    client: ClientSnapshot
    obstacles: tuple[Obstacle, ...] = ()
    refusal: OAuthError | None = None
    preview: Preview | None = None


def simulate(asked: Asked, now: datetime) -> Simulation | None:
    """The request with the configuration and the people of now; None when the server or the client
    doesn't exist. Raises StorageError."""
    with_user = bool(asked.user_id) and has_user(asked.grant_type)
    lookup = Lookup(user=asked.user_id, profile=True) if with_user else NOTHING
    reading = drive(DjangoStore().read(asked.server_id, asked.client_id, lookup, now))
    if reading.server is None or reading.client is None:
        return None
    server = runtime.server_snapshot(reading.server)
    client = runtime.client_snapshot(reading.client)
    request = access_request(
        server,
        client,
        reading,
        grant_type=asked.grant_type,
        requested=asked.scopes,
        now=now,
    )
    found = explain(server.book, request, people_names(server.book, request.group_ids))
    barred = obstacles(server, client, asked.grant_type)
    if barred:
        return Simulation(found, client, barred, barred[0].error)
    if not found.decision.is_allowed:
        return Simulation(found, client, refusal=denial(found.decision, server.book, request))
    try:
        shown = preview_tokens(server, client, reading, found.decision, now, nonce=asked.nonce)
    except OAuthError as failure:  # of a claim
        return Simulation(found, client, refusal=failure)
    return Simulation(found, client, preview=shown)
