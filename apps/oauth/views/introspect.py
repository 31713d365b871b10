"""POST /v1/introspect (RFC 7662) and POST /v1/revoke (RFC 7009)."""

from django.http import HttpRequest, HttpResponse

from apps.oauth.introspection import (
    INTROSPECT_EVENT,
    REVOKE_EVENT,
    answer_introspection,
    answer_revocation,
)
from apps.oauth.respond import empty_answer
from apps.oauth.views.base import Endpoint, ProtocolView, render_json

INTROSPECTION_ENDPOINT = Endpoint(INTROSPECT_EVENT, answer_introspection, render_json)
REVOCATION_ENDPOINT = Endpoint(REVOKE_EVENT, answer_revocation, lambda _: empty_answer())


class IntrospectView(ProtocolView):
    """Whether a token is alive, and what it says."""

    event_type = INTROSPECTION_ENDPOINT.event_type

    def post(self, request: HttpRequest, server_id: str) -> HttpResponse:
        return self.answer(request, server_id, INTROSPECTION_ENDPOINT)


class RevokeView(ProtocolView):
    """The end of one token or family."""

    event_type = REVOCATION_ENDPOINT.event_type

    def post(self, request: HttpRequest, server_id: str) -> HttpResponse:
        return self.answer(request, server_id, REVOCATION_ENDPOINT)
