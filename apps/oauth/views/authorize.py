"""GET and POST /v1/authorize: reads the browser, runs the flow, renders what comes out of it."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from apps.directory import sign_ins
from apps.directory.sessions import digest_of
from apps.oauth.authorize import answer
from apps.oauth.authorize.consent import AskConsent
from apps.oauth.authorize.flow import EVENT, Outcome, answer_authorize, parameters
from apps.oauth.authorize.parse import (
    AuthorizationRequest,
    Choice,
    parse_body,
    parse_query,
    resume,
)
from apps.oauth.authorize.parties import Progress, Visitor
from apps.oauth.authorize.sign_in import SendAway
from apps.oauth.authorize.transaction import OnPage, unseal
from apps.oauth.endpoint import guarded
from apps.oauth.requests import read_body
from apps.oauth.respond import error_uri
from apps.tokens import clock
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from authzsite.domain.errors import OAuthError

Parse = Callable[[Visitor, datetime], AuthorizationRequest]


@method_decorator(csrf_exempt, name="dispatch")  # clients POST here, too; `decide` checks its own
class AuthorizeView(View):
    """The authorization endpoint of one authorization server."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, server_id: str) -> HttpResponse:
        """A client's request, or one that comes back from sign-in."""
        query = request.META.get("QUERY_STRING", "").encode("latin-1")
        token = request.GET.get("transaction", "")

        def parse(visitor: Visitor, now: datetime) -> AuthorizationRequest:
            if token:
                return resume(unseal(token, server_id, visitor.browser, now))
            return parse_query(server_id, query, now)

        return run(request, parse)

    def post(self, request: HttpRequest, server_id: str) -> HttpResponse:
        """A client's request, or the answer to our consent page."""
        try:
            body = read_body(request)
        except OAuthError as error:
            return answer.error_page(request, error)
        if (b"&" + body).find(b"&transaction=") >= 0:
            return decide(request, server_id)

        def parse(visitor: Visitor, now: datetime) -> AuthorizationRequest:
            content_type = request.META.get("CONTENT_TYPE", "")
            return parse_body(server_id, body, content_type, now)

        return run(request, parse)


@csrf_protect
def decide(request: HttpRequest, server_id: str) -> HttpResponse:
    """The answer to the consent page; what was asked is in the transaction (row 109)."""
    token = request.POST.get("transaction", "")
    allowed = request.POST.get("action") == "allow"
    choice = Choice(allowed, frozenset(request.POST.getlist("scope")))

    def parse(visitor: Visitor, now: datetime) -> AuthorizationRequest:
        return resume(unseal(token, server_id, visitor.browser, now), choice)

    return run(request, parse)


def run(request: HttpRequest, parse: Parse) -> HttpResponse:
    """Parse, drive the steps, render. A refusal is logged before it is answered (R24)."""
    visitor, progress, now = visitor_of(request), Progress(), clock.now()
    store = DjangoStore()

    async def work() -> Outcome:
        return await answer_authorize(store, parse(visitor, now), visitor, now, progress)

    result = drive(guarded(store, EVENT, progress, now, work))
    if isinstance(result, OAuthError):
        return refuse(request, result, progress)
    return respond(request, result, visitor, progress)


def respond(
    request: HttpRequest,
    outcome: Outcome,
    visitor: Visitor,
    progress: Progress,
) -> HttpResponse:
    """A code goes back to the client; anything else keeps the browser here."""
    if isinstance(outcome, str):
        assert progress.back is not None  # noqa: S101 - identify has set it
        return answer.send_back(request, progress.back, parameters(outcome, progress.back))
    if isinstance(outcome, AskConsent):
        response = answer.ask(request, outcome, visitor)
    else:
        assert isinstance(outcome, SendAway)  # noqa: S101
        response = answer.send_away(request, outcome)
    answer.remember_browser(response, visitor)
    return response


def refuse(request: HttpRequest, error: OAuthError, progress: Progress) -> HttpResponse:
    """To the client where its address is proved, else on our own page."""
    if progress.back is None or isinstance(error, OnPage):
        return answer.error_page(request, error)
    members = {**parameters(error, progress.back), "error_uri": error_uri()}
    return answer.send_back(request, progress.back, members)


def visitor_of(request: HttpRequest) -> Visitor:
    """The browser by its cookie, and who is signed in by its session."""
    browser = request.COOKIES.get(answer.cookie_name(), "")
    browser = browser if 20 <= len(browser) <= 64 else secrets.token_urlsafe(32)
    user: Any = request.user
    signed_in = sign_ins.read(request.session) if user.is_authenticated else None
    if signed_in is None:
        return Visitor(browser)
    return Visitor(
        browser=browser,
        user_id=user.pk,
        login=user.login,
        display_name=user.display_name,
        session_id=signed_in.session_id,
        session_key=digest_of(request.session.session_key or ""),
        auth_time=signed_in.auth_time,
        amr=signed_in.amr,
    )
