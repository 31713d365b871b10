"""One request to each endpoint where clients authenticate, however they do it."""

from urllib.parse import urlencode

from django.test import Client as Browser

from tests.oauth.http import Auth, Response, path, post_raw
from tests.oauth.transport.valid import BODIES
from tests.oauth.world import World


def ask(
    browser: Browser,
    world: World,
    endpoint: str,
    auth: Auth = None,
    *,
    source: str = "",
    **data: str,
) -> Response:
    """A good request but for its authentication: a header, and parameters."""
    body = f"{BODIES[endpoint]}&{urlencode(data)}"
    address = {"REMOTE_ADDR": source} if source else {}
    return post_raw(browser, path(world.server, endpoint), body, auth, **address)
