"""GET of the discovery documents and the keys: the version check, then memory."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from apps.oauth.endpoint import server_of
from apps.oauth.metadata import authorization_server_metadata, openid_configuration
from apps.oauth.requests import checked_server_id
from apps.oauth.respond import JSON, Answer, error_answer, json_answer
from apps.oauth.views.base import ProtocolView
from apps.servers.keys import KeyUnavailable
from apps.tokens import clock
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.store import NOTHING, StorageError, Store
from authzsite.domain.errors import OAuthError, temporarily_unavailable
from authzsite.domain.server import ServerSnapshot

MAX_AGE = 3600
Document = Callable[[ServerSnapshot], Mapping[str, Any]]


def public_keys(server: ServerSnapshot) -> Mapping[str, Any]:
    """RFC 7517 §5."""
    return dict(server.keys.jwks)


class PublishedView(ProtocolView):
    """A public document of one server, the same for everyone and cacheable."""

    http_method_names = ["get", "head", "options"]
    needs_tls = False  # there is nothing secret in it, and neighbours may come without

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Any page may read these documents, and why there is none."""
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    document: Document

    def get(self, request: HttpRequest, server_id: str) -> HttpResponse:
        return self.publish(request, checked_server_id(server_id))

    def publish(self, request: HttpRequest, server_id: str) -> HttpResponse:
        """The document of this server."""
        return drive(publish(DjangoStore(), request, server_id, type(self).document)).as_django()

    head = get

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        """Public documents: any page may read them, without credentials."""
        response = HttpResponse(status=204)
        response.headers["Access-Control-Allow-Methods"] = "GET"
        response.headers["Access-Control-Allow-Headers"] = (
            "X-Okta-User-Agent-Extended, Content-Type"
        )
        return response


class KeysView(PublishedView):
    """The public keys (RFC 7517)."""

    document = staticmethod(public_keys)


class OpenidConfigurationView(PublishedView):
    """OIDC Discovery."""

    document = staticmethod(openid_configuration)


class AuthorizationServerMetadataView(PublishedView):
    """RFC 8414."""

    document = staticmethod(authorization_server_metadata)


async def publish(store: Store, request: HttpRequest, server_id: str, document: Document) -> Answer:
    """The document of the server, as it is at this moment."""
    try:
        server = server_of(await store.read(server_id, "", NOTHING, clock.now()))
    except OAuthError as error:
        return not_found() if error.status == 404 else error_answer(error)
    except (StorageError, KeyUnavailable):
        return error_answer(temporarily_unavailable("storage"))
    return published(request, document(server))


def published(request: HttpRequest, document: Mapping[str, Any]) -> Answer:
    """The document with an ETag; 304 when the client has it."""
    body = json.dumps(document, separators=(",", ":")).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = etag in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    headers = {
        "ETag": etag,
        "Cache-Control": f"max-age={MAX_AGE}, must-revalidate",
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(b"", 304, headers) if known else Answer(body, 200, {**JSON, **headers})


def not_found() -> Answer:
    """Okta's error for an unknown server, and for an inactive one."""
    body = {
        "errorCode": "E0000007",
        "errorSummary": "Not found: Resource not found: authorization server",
        "errorLink": "E0000007",
        "errorCauses": [],
    }
    return json_answer(body, 404)
