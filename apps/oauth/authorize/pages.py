"""What the sign-in pages, which are allauth's, are told of the request that waits."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest

from apps.oauth.authorize.answer import form_sources
from apps.oauth.authorize.transaction import Transaction, read

PENDING = "account_login"  # allauth's half-done sign-in, while a second factor is missing


def waiting(request: HttpRequest) -> Transaction | None:
    """The transaction of `next`, or of the sign-in that is half done."""
    address = request.POST.get("next") or request.GET.get("next") or _pending(request)
    if "transaction=" not in address:
        return None
    tokens = parse_qs(urlsplit(address).query).get("transaction", [""])
    return read(tokens[0])


def waiting_sources(request: HttpRequest) -> list[str]:
    """Where the forms of these pages end by redirects, for `form-action`."""
    transaction = waiting(request)
    return form_sources(transaction.return_uri) if transaction else []


def _pending(request: HttpRequest) -> str:
    login: Any = request.session.get(PENDING) if hasattr(request, "session") else None
    return str(login.get("redirect_url") or "") if isinstance(login, dict) else ""
