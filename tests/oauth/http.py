"""Protocol requests as raw as a test wants them, and what every refusal has in common."""

import base64
import functools
import inspect
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, urlencode

from django.test import Client as Browser

from apps.servers.models import AuthorizationServer

FORM = "application/x-www-form-urlencoded"
CLIENT_CREDENTIALS = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
POSTED = ("token", "introspect", "revoke")  # endpoints where a client authenticates
ALPHABET = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")  # RFC 6749 §5.2 of error_description
REFERENCE = re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}")

Response = Any  # of the test client, for which the stubs have only a private name
Test = Callable[..., None]
Auth = str | tuple[str, str] | None
"""An Authorization header, or the client id and secret of HTTP Basic."""


def every(names: str | tuple[str, ...], values: Iterable[Any]) -> Callable[[Test], Test]:
    """`pytest.mark.parametrize` in one world: for cases that leave nothing behind, and whose
    making would cost more than they do. A failure names its case."""
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
    cases = [dict(zip(keys, v if len(keys) > 1 else (v,), strict=True)) for v in values]

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def run(**fixtures: Any) -> None:
            for case in cases:
                try:
                    test(**case, **fixtures)
                except BaseException as failure:
                    failure.add_note(f"the case: {str(case)[:200]}")
                    raise

        signature = inspect.signature(test)
        others = [p for p in signature.parameters.values() if p.name not in keys]
        run.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return run

    return decorate


every_endpoint = every("endpoint", POSTED)


def path(server: AuthorizationServer | str, endpoint: str = "token") -> str:
    """The address of one endpoint of a server."""
    ident = server if isinstance(server, str) else server.pk
    return f"/oauth2/{ident}/v1/{endpoint}"


def basic(client_id: str, secret: str) -> str:
    """An Authorization header of RFC 6749 §2.3.1, each part form-encoded."""
    return basic_raw(f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode())


def basic_raw(octets: bytes) -> str:
    """An Authorization header of these octets."""
    return "Basic " + base64.b64encode(octets).decode()


def post_raw(
    browser: Browser,
    url: str,
    body: bytes | str,
    auth: Auth = None,
    *,
    content_type: str = FORM,
    **headers: Any,
) -> Response:
    """POST these octets; `headers` are named as in `HttpRequest.META`."""
    if auth is not None:
        headers["HTTP_AUTHORIZATION"] = auth if isinstance(auth, str) else basic(*auth)
    raw = body.encode() if isinstance(body, str) else body
    return browser.generic("POST", url, raw, content_type, **headers)


def post_form(browser: Browser, url: str, auth: Auth = None, **data: str) -> Response:
    """POST these parameters as a form."""
    return post_raw(browser, url, urlencode(data), auth)


def token(
    browser: Browser, server: AuthorizationServer | str, auth: Auth = None, **data: str
) -> Response:
    """Ask the token endpoint; client_credentials unless told otherwise."""
    return post_form(browser, path(server), auth, **{"grant_type": CLIENT_CREDENTIALS} | data)


def introspect(
    browser: Browser, server: AuthorizationServer | str, text: str, auth: Auth = None, **data: str
) -> Response:
    """Ask about a token (RFC 7662)."""
    return post_form(browser, path(server, "introspect"), auth, token=text, **data)


def revoke(
    browser: Browser, server: AuthorizationServer | str, text: str, auth: Auth = None, **data: str
) -> Response:
    """Revoke a token (RFC 7009)."""
    return post_form(browser, path(server, "revoke"), auth, token=text, **data)


def userinfo(
    browser: Browser, server: AuthorizationServer | str, text: str, **headers: Any
) -> Response:
    """Present an access token (RFC 6750)."""
    return browser.get(
        path(server, "userinfo"), headers={"Authorization": f"Bearer {text}"}, **headers
    )


def assert_refused(response: Response, status: int, error: str) -> dict[str, Any]:
    """A refusal as RFC 6749 §5.2, G3 and R25 want every one of them; its members."""
    body: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, body["error"]) == (status, error), body
    assert response.headers["Content-Type"] == "application/json"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert ALPHABET.fullmatch(body["error_description"])
    reference = response.headers["X-Request-Reference"]
    assert REFERENCE.fullmatch(reference) and reference in body["error_uri"]
    return body


def without_reference(response: Response) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers, with the one thing masked that differs in every answer (R25). Names
    of headers have no case (RFC 9110 §5.1), and the edges write them differently."""
    reference = response.headers["X-Request-Reference"]
    headers = {name.lower(): value.replace(reference, "#") for name, value in response.items()}
    return response.status_code, response.content.replace(reference.encode(), b"#"), headers
