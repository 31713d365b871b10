"""Rows 1, 27, 28: methods, spellings of the address, plain HTTP."""

import pytest
from django.test import Client as Browser

from tests.oauth.http import (
    assert_refused,
    basic,
    every,
    every_endpoint,
    path,
    post_raw,
    token,
)
from tests.oauth.transport.valid import BODIES, addresses, spoiled
from tests.oauth.world import World, stored

pytestmark = pytest.mark.once  # no statement differs between the databases

METHODS = ("GET", "PUT", "DELETE", "PATCH", "TRACE")


@every("method", METHODS)
@every_endpoint
def test_row_001_only_post_is_allowed_and_nothing_is_read(
    client: Browser, world: World, endpoint: str, method: str
) -> None:
    before, headers = stored(), {"Authorization": basic(*world.service_auth)}
    url = f"{path(world.server, endpoint)}?{BODIES[endpoint]}"
    response = client.generic(method, url, BODIES[endpoint], headers=headers)
    assert_refused(response, 405, "invalid_request")
    assert response.headers["Allow"] == "POST"
    assert stored() == before


@every_endpoint
def test_row_001_head_is_not_allowed(client: Browser, world: World, endpoint: str) -> None:
    response = client.head(path(world.server, endpoint))
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@every("method", METHODS)
def test_row_001_another_method_consumes_no_code(
    client: Browser, world: World, method: str
) -> None:
    code, uri = world.code(), "https://app.example.com/callback"
    form = f"grant_type=authorization_code&code={code}&redirect_uri={uri}"
    url, headers = path(world.server), {"Authorization": basic(*world.web_auth)}
    assert client.generic(method, url, form, headers=headers).status_code == 405
    data = {"grant_type": "authorization_code", "redirect_uri": uri}
    assert token(client, world.server, world.web_auth, code=code, **data).status_code == 200


@every("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_row_001_published_documents_are_for_reading_only(
    client: Browser, world: World, method: str
) -> None:
    for url in addresses(world):
        response = client.generic(method, url)
        assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD"), url


@every(
    "pattern",
    [
        "/oauth2/{id}/v1/{endpoint}/",
        "/oauth2/{id}/v1//{endpoint}",
        "/oauth2/{id}//v1/{endpoint}",
        "/oauth2//{id}/v1/{endpoint}",
        "/oauth2/{id}/v1/./{endpoint}",
        "/oauth2/{id}/./v1/{endpoint}",
        "//oauth2/{id}/v1/{endpoint}",
    ],
)
@every_endpoint
def test_row_027_another_spelling_of_the_address_is_a_404_and_never_a_redirect(
    client: Browser, world: World, endpoint: str, pattern: str
) -> None:
    url = pattern.format(id=world.server.pk, endpoint=endpoint)
    response = post_raw(client, url, BODIES[endpoint], world.service_auth)
    assert response.status_code == 404
    assert "Location" not in response.headers


@every_endpoint
def test_row_028_plain_http_is_refused_where_tls_is_required(
    client: Browser, world: World, settings: pytest.FixtureRequest, endpoint: str
) -> None:
    settings.IS_HTTPS = True  # type: ignore[attr-defined]
    before = stored()
    response = spoiled(client, world, endpoint)
    assert_refused(response, 400, "invalid_request")
    assert "Location" not in response.headers and stored() == before


def test_row_028_tls_answers_are_pinned_to_tls(client: Browser, world: World, monkeypatch) -> None:
    from django.middleware.security import SecurityMiddleware

    before = SecurityMiddleware.process_response

    def strict(self, request, response):
        self.sts_seconds = 31536000
        return before(self, request, response)

    monkeypatch.setattr(SecurityMiddleware, "process_response", strict)
    response = token(client, world.server, world.service_auth)
    assert "Strict-Transport-Security" not in response.headers
    response = client.post(path(world.server), secure=True)
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
