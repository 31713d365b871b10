"""`/{org}/login/...`: the organisation's own server, in the same steps as every other (R19)."""

from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from apps.management.exceptions import NOT_FOUND
from apps.management.identity_cloud.metadata import openid_configuration
from apps.management.identity_cloud.multipart import parse_any_form
from apps.management.identity_cloud.organization import is_ours
from apps.management.identity_cloud.schema import (
    KEYS,
    METADATA,
    ONE_TOKEN,
    TOKEN,
    TOKEN_FORM,
    VERDICT,
    logs_in,
)
from apps.management.respond import errors
from apps.oauth.requests import ProtocolRequest, raw_query, read_body
from apps.oauth.respond import error_response
from apps.oauth.views.base import ProtocolView
from apps.oauth.views.introspect import INTROSPECTION_ENDPOINT, REVOCATION_ENDPOINT
from apps.oauth.views.metadata import PublishedView, public_keys
from apps.oauth.views.token import TOKEN_ENDPOINT
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from authzsite.domain.errors import temporarily_unavailable
from authzsite.domain.forms import Form, parse_form


class OrganizationView(ProtocolView):
    """An endpoint of the organisation's own server; 404 for any other organisation (row 272)."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        named = kwargs.pop("organization", None)  # Okta's addresses of it name none
        try:
            if named is not None and not is_ours(named):
                return errors(NOT_FOUND, 404)
        except (DatabaseError, InterfaceError):
            return error_response(temporarily_unavailable("storage"))
        return super().dispatch(request, *args, **kwargs)

    def parse(self, request: HttpRequest, server_id: str) -> ProtocolRequest:
        """The request to the organisation's server, which no other path addresses."""
        return ProtocolRequest(
            server_id=server_id,
            form=self.parse_body(
                read_body(request),
                content_type=request.META.get("CONTENT_TYPE", ""),
                query=raw_query(request),
            ),
            authorization=request.META.get("HTTP_AUTHORIZATION", ""),
            origin=request.META.get("HTTP_ORIGIN", ""),
            url=settings.BASE_URL + request.path,
            aliases=self.aliases(),
        )

    def aliases(self) -> frozenset[str]:
        """Further names of the server that an assertion may be addressed to."""
        return frozenset()

    def parse_body(self, body: bytes, *, content_type: str, query: bytes) -> Form:
        """The form of the request."""
        return parse_form(body, content_type=content_type, query=query)


class LoginTokenView(OrganizationView):
    """Configuration tokens; forms in either encoding, as Identity Cloud's examples send them."""

    event_type = TOKEN_ENDPOINT.event_type

    @logs_in("loginToken", "Get a configuration token", takes=TOKEN_FORM, gives=TOKEN)
    def post(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request, ORGANIZATION_SERVER_ID, TOKEN_ENDPOINT)

    def parse_body(self, body: bytes, *, content_type: str, query: bytes) -> Form:
        return parse_any_form(body, content_type=content_type, query=query)


class LoginIntrospectView(OrganizationView):
    """Whether a configuration token is alive, and what it says."""

    event_type = INTROSPECTION_ENDPOINT.event_type

    @logs_in("loginIntrospect", "Ask about a token", takes=ONE_TOKEN, gives=VERDICT)
    def post(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request, ORGANIZATION_SERVER_ID, INTROSPECTION_ENDPOINT)


class LoginRevokeView(OrganizationView):
    """The end of one configuration token."""

    event_type = REVOCATION_ENDPOINT.event_type

    @logs_in("loginRevoke", "End a token", takes=ONE_TOKEN)
    def post(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request, ORGANIZATION_SERVER_ID, REVOCATION_ENDPOINT)


class LoginDocumentView(OrganizationView, PublishedView):
    """A public document of the organisation's own server."""

    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:  # type: ignore[override]
        return self.publish(request, ORGANIZATION_SERVER_ID)

    def head(self, request: HttpRequest) -> HttpResponse:  # type: ignore[override]
        return self.get(request)


class LoginKeysView(LoginDocumentView):
    """The public keys, for configuration tokens that are JWTs."""

    @logs_in("loginKeys", "Read the public keys", gives=KEYS)
    def get(self, request: HttpRequest) -> HttpResponse:  # type: ignore[override]
        return super().get(request)

    document = staticmethod(public_keys)


class LoginDiscoveryView(LoginDocumentView):
    """The discovery document."""

    @logs_in("loginMetadata", "Read the discovery document", gives=METADATA)
    def get(self, request: HttpRequest) -> HttpResponse:  # type: ignore[override]
        return super().get(request)

    document = staticmethod(openid_configuration)
