"""What comes out of the flow, as HTTP: a redirect, a form that posts itself, or our page."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from apps.oauth.authorize.consent import AskConsent
from apps.oauth.authorize.parties import Back, Visitor
from apps.oauth.authorize.sign_in import SendAway
from apps.oauth.authorize.transaction import Stage, Transaction, seal
from apps.oauth.respond import error_uri
from apps.systemlog.context import current
from authzsite.domain.errors import OAuthError
from authzsite.domain.redirects import origin_of

PAGE_STATUS = (413, 415, 503)
HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}
TELLS_NOBODY = "no-referrer"
TELLS_US = "same-origin"  # a form of ours under `no-referrer` has the origin "null"


def send_back(request: HttpRequest, back: Back, members: Mapping[str, str]) -> HttpResponse:
    """The answer to the client at its proved address, in the mode that it asked for."""
    if back.mode == "form_post":
        context = {"redirect_uri": back.redirect_uri, "parameters": dict(members)}
        page = render(request, "oauth/form_post.html", context)
        return quiet(allow_form_action(page, back.redirect_uri))
    return redirect(request, with_members(back.redirect_uri, back.mode, members))


def with_members(uri: str, mode: str, members: Mapping[str, str]) -> str:
    """The address with the answer's members; what it had of its own stays (RFC 6749 §3.1.2)."""
    text = urlencode(members, quote_via=quote)
    if mode == "fragment":
        return f"{uri}#{text}"
    return f"{uri}{'&' if '?' in uri else '?'}{text}"


def redirect(request: HttpRequest, uri: str) -> HttpResponse:
    """By hand, since Django knows no custom schemes; 303 after a POST, so that it isn't repeated
    (row 106)."""
    response = HttpResponse(status=303 if request.method == "POST" else 302)
    response.headers["Location"] = uri
    return quiet(response)


def send_away(request: HttpRequest, away: SendAway) -> HttpResponse:
    """To the sign-in page, or back here by GET; the transaction comes along in the address."""
    here = resume_url(away.transaction)
    if away.transaction.stage == Stage.ENTER:
        return redirect(request, here)
    page = "account_reauthenticate" if away.is_reauthentication else "account_login"
    return redirect(request, f"{reverse(page)}?{urlencode({'next': here})}")


def resume_url(transaction: Transaction) -> str:
    """Our own address under which the request goes on."""
    path = reverse("oauth:authorize", args=[transaction.server_id])
    return f"{path}?{urlencode({'transaction': seal(transaction)})}"


def ask(request: HttpRequest, question: AskConsent, visitor: Visitor) -> HttpResponse:
    """The consent page: its form carries the signed transaction and nothing to be edited."""
    client = question.parties.client
    uri = question.parties.redirect_uri
    context = {
        "client": {"name": client.name, "policy_uri": client.policy_uri, "tos_uri": client.tos_uri},
        "user_name": visitor.display_name,
        "switch_url": switch_url(question.transaction),
        "server_name": question.parties.server.name,
        "scopes": [{**asdict(scope), "is_checked": True} for scope in question.scopes],
        "fields": {"transaction": seal(question.transaction)},
        "redirect_host": urlsplit(uri).hostname or urlsplit(uri).scheme,
    }
    page = allow_form_action(render(request, "oauth/consent.html", context), uri)
    return quiet(page, TELLS_US)


def switch_url(transaction: Transaction) -> str:
    """Sign out and begin again: the request as the client sent it, with nobody's transaction."""
    path = reverse("oauth:authorize", args=[transaction.server_id])
    again = f"{path}?{urlencode(transaction.values)}"
    return f"{reverse('account_logout')}?{urlencode({'next': again})}"


def error_page(request: HttpRequest, error: OAuthError) -> HttpResponse:
    """Our own page, with nothing of the request on it (row 72)."""
    status = error.status if error.status in PAGE_STATUS else 400
    context: dict[str, Any] = {
        "status": status,
        "message": error.description,
        "reference": current().reference,
        "details_url": error_uri() if request.user.is_staff else "",
    }
    response = render(request, "oauth/error.html", context, status=status)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return quiet(response)


def allow_form_action(response: HttpResponse, uri: str) -> HttpResponse:
    """Browsers hold a form to `form-action` through every redirect that answers it, so the page
    names the one place where it may end."""
    response._csp_update = {"form-action": form_sources(uri)}  # type: ignore[attr-defined]
    return response


def form_sources(uri: str) -> list[str]:
    """The origin of an address, or its scheme where there is no origin."""
    return [origin_of(uri) or f"{urlsplit(uri).scheme}:"]


def quiet(response: HttpResponse, referrer: str = TELLS_NOBODY) -> HttpResponse:
    """Nobody keeps it, and no other site learns from where it came (row 105)."""
    for name, value in {**HEADERS, "Referrer-Policy": referrer}.items():
        response.headers[name] = value
    return response


def cookie_name() -> str:
    """The cookie that a transaction is bound to."""
    return f"{settings.COOKIE_PREFIX}authorize"


def remember_browser(response: HttpResponse, visitor: Visitor) -> None:
    """Bind what was sent away to this browser; the cookie ends with it."""
    response.set_cookie(
        cookie_name(),
        visitor.browser,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
