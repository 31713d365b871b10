"""POST /v1/token (RFC 6749 §3.2). The steps are `apps.oauth.token`; this is their DRF edge."""

from django.http import HttpRequest, HttpResponse

from apps.oauth.token import EVENT, answer_token
from apps.oauth.views.base import Endpoint, ProtocolView, render_json

TOKEN_ENDPOINT = Endpoint(EVENT, answer_token, render_json)


class TokenView(ProtocolView):
    """The token endpoint of one authorization server."""

    event_type = TOKEN_ENDPOINT.event_type

    def post(self, request: HttpRequest, server_id: str) -> HttpResponse:
        return self.answer(request, server_id, TOKEN_ENDPOINT)
