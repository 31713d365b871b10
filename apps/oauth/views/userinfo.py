"""GET and POST /v1/userinfo (OIDC Core §5.3)."""

from django.http import HttpRequest, HttpResponse

from apps.oauth.endpoint import Attempt, guarded
from apps.oauth.requests import bearer_of, checked_server_id, raw_query, read_body
from apps.oauth.respond import error_response, json_response
from apps.oauth.userinfo import EVENT, answer_userinfo
from apps.oauth.views.base import ProtocolView, allow_origin
from apps.tokens import clock
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from authzsite.domain.errors import OAuthError, invalid_request
from authzsite.domain.forms import FORM_TYPE, Form, parse_pairs


class UserInfoView(ProtocolView):
    """The claims of the user that an access token stands for."""

    event_type = EVENT
    http_method_names = ["get", "post", "options"]

    def get(self, request: HttpRequest, server_id: str) -> HttpResponse:
        attempt, store, now = Attempt(), DjangoStore(), clock.now()

        async def work() -> dict[str, object]:
            return await answer_userinfo(
                store, checked_server_id(server_id), token_of(request), now, attempt
            )

        result = drive(guarded(store, EVENT, attempt, now, work))
        response = (
            error_response(result) if isinstance(result, OAuthError) else json_response(result)
        )
        origin = request.META.get("HTTP_ORIGIN", "")
        if origin and origin in attempt.origins:
            allow_origin(response, origin)
        return response

    post = get


def token_of(request: HttpRequest) -> str:
    """The token of the Authorization header, the only place it may come in (RFC 9700 §4.3.2)."""
    if "access_token" in parse_pairs(raw_query(request)) or "access_token" in _form_of(request):
        raise invalid_request("The access token must be sent in the Authorization header.")
    return bearer_of(request.META.get("HTTP_AUTHORIZATION", ""))


def _form_of(request: HttpRequest) -> Form:
    """The parameters of a POST; a body that is no form has none."""
    body = read_body(request) if request.method == "POST" else b""
    return parse_pairs(body) if request.content_type == FORM_TYPE else Form()
