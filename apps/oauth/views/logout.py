"""GET and POST /v1/logout: sign out and go back, or ask first."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from apps.oauth.authorize import answer
from apps.oauth.endpoint import Attempt, guarded
from apps.oauth.logout import EVENT, LogoutRequest, read_logout
from apps.oauth.requests import read_body
from apps.systemlog.record import record
from apps.tokens import clock
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from authzsite.domain.errors import OAuthError, invalid_request
from authzsite.domain.forms import Form, parse_form, parse_pairs
from authzsite.domain.limits import TRANSACTION_SECONDS

SALT = "authzsite.logout"
KNOWN = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@method_decorator(csrf_exempt, name="dispatch")  # clients POST here, too; `confirm` checks its own
class LogoutView(View):
    """The end-session endpoint of one authorization server."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, server_id: str) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "").encode("latin-1")
        return run(request, server_id, lambda: parse_pairs(query))

    def post(self, request: HttpRequest, server_id: str) -> HttpResponse:
        content_type = request.META.get("CONTENT_TYPE", "")
        try:
            form = parse_form(read_body(request), content_type=content_type)
        except OAuthError as error:
            return answer.error_page(request, error)
        if "confirm" in form:
            return confirm(request, server_id)
        if not request.user.is_authenticated:
            # SameSite=Lax: a POST from another site comes without our cookies, a GET has them.
            values = {name: form.get(name) for name in KNOWN if name in form}
            return answer.redirect(request, answer.with_members(request.path, "query", values))
        return run(request, server_id, lambda: form)


@csrf_protect
def confirm(request: HttpRequest, server_id: str) -> HttpResponse:
    """The answer to our page, with the signed parameters that it was shown for."""
    try:
        values = signing.loads(
            request.POST.get("confirm", ""), salt=SALT, max_age=TRANSACTION_SECONDS
        )
    except signing.BadSignature:
        return answer.error_page(request, invalid_request("This page has expired."))
    if request.POST.get("action") != "sign_out":
        return answer.redirect(request, settings.LOGIN_REDIRECT_URL)
    return run(request, server_id, lambda: Form(values), is_confirmed=True)


def run(
    request: HttpRequest, server_id: str, parse: Callable[[], Form], *, is_confirmed: bool = False
) -> HttpResponse:
    """Check, then sign out or ask. A refusal is logged, and the session is kept."""
    store, attempt, now = DjangoStore(), Attempt(), clock.now()

    async def work() -> tuple[Form, LogoutRequest]:
        form = parse()
        return form, await read_logout(store, server_id, form, now, attempt)

    result = drive(guarded(store, EVENT, attempt, now, work))
    if isinstance(result, OAuthError):
        return answer.error_page(request, result)
    form, asked = result
    user: Any = request.user
    if user.is_authenticated:
        if not is_confirmed and asked.subject != user.pk:
            return ask(request, form, asked)
        sign_out(request, asked)
    return leave(request, asked)


@transaction.atomic
def sign_out(request: HttpRequest, asked: LogoutRequest) -> None:
    """End the session, with what belongs to it (row 161), and say so in the log."""
    user: Any = request.user
    if asked.call is not None:
        debug = {"postLogoutRedirectUri": asked.return_uri or None, "userId": user.pk}
        record(asked.call.entry(EVENT, debug=debug))
    logout(request)


def ask(request: HttpRequest, form: Form, asked: LogoutRequest) -> HttpResponse:
    """No hint, or somebody else's: only the person may end this session (rows 220, 222)."""
    user: Any = request.user
    values = {name: form.get(name) for name in KNOWN if name in form}
    context = {
        "client_name": asked.client.name if asked.client else "",
        "user_name": user.display_name,
        "fields": {"confirm": signing.dumps(values, salt=SALT, compress=True)},
    }
    page = render(request, "oauth/logout.html", context)
    if asked.return_uri:
        answer.allow_form_action(page, asked.return_uri)
    return answer.quiet(page, answer.TELLS_US)


def leave(request: HttpRequest, asked: LogoutRequest) -> HttpResponse:
    """Back to the client's registered address, else our own page, whoever was signed in."""
    if asked.return_uri:
        members = {"state": asked.state} if asked.state else {}
        uri = (
            answer.with_members(asked.return_uri, "query", members) if members else asked.return_uri
        )
        return answer.redirect(request, uri)
    name = asked.client.name if asked.client else ""
    return answer.quiet(render(request, "oauth/signed_out.html", {"client_name": name}))
