"""A server with an address of its own, and Authlib's client as applications use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from authlib.integrations.django_client import OAuth
from pytest_django.live_server_helper import LiveServer

from apps.oauth import runtime
from tests.factories import PASSWORD
from tests.interoperability.application import Application
from tests.interoperability.person import Person
from tests.stories.people import Visit


@pytest.fixture
def base_url(live_server: LiveServer, settings: Any) -> Iterator[str]:
    """The address that issuers and links carry."""
    settings.BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    runtime.clear()
    yield live_server.url


@pytest.fixture
def application(base_url: str) -> Callable[..., Application]:
    """An application of a visit, with nothing but Authlib and the server's discovery document."""

    def make(shop: Visit, scope: str, method: str = "", **settings: Any) -> Application:
        if method:
            settings["token_endpoint_auth_method"] = method
            settings["revocation_endpoint_auth_method"] = method
        issuer = f"{base_url}/oauth2/{shop.server.pk}"
        client = OAuth().register(
            "authzsite",
            client_id=shop.client.client_id,
            client_secret=shop.secret or None,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": scope, "code_challenge_method": "S256"} | settings,
        )
        return Application(client, Person(shop.user.login, PASSWORD))

    return make
