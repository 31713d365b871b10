"""A request to each endpoint that would be answered well, for tests that spoil one thing of it."""

from django.test import Client as Browser

from tests.oauth.http import Auth, Response, path, post_raw
from tests.oauth.world import World

BODIES = {
    "token": "grant_type=client_credentials",
    "introspect": "token=unknown",
    "revoke": "token=unknown",
}
PUBLISHED = (
    "/oauth2/{id}/v1/keys",
    "/oauth2/{id}/.well-known/openid-configuration",
    "/oauth2/{id}/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration/oauth2/{id}",
    "/.well-known/oauth-authorization-server/oauth2/{id}",
)


def spoiled(
    browser: Browser,
    world: World,
    endpoint: str,
    extra: str | bytes = "",
    *,
    query: str = "",
    auth: Auth = None,
    **headers: str,
) -> Response:
    """The good request of the service client with `extra` behind its body."""
    more = extra.encode() if isinstance(extra, str) else extra
    body = BODIES[endpoint].encode() + (b"&" + more if more else b"")
    url = path(world.server, endpoint) + (f"?{query}" if query else "")
    return post_raw(browser, url, body, auth or world.service_auth, **headers)


def addresses(world: World) -> list[str]:
    """Every published document of the server."""
    return [url.format(id=world.server.pk) for url in PUBLISHED]
