"""What every page asks before it opens: has this administrator proved what administrators must?

And what happens where a page wants a fresh proof first.
"""

from typing import Any, Final
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from apps.directory.models import User
from apps.directory.second_factors import is_enrolled, is_needed, was_proved
from authzsite.middleware import Handler, is_protocol

SIGN_OUT: Final = frozenset({"account_logout", "logout"})
PROVE: Final = SIGN_OUT | {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
ENROL: Final = SIGN_OUT | {
    *("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"),
    "account_reauthenticate",
}


class Doors:
    """The last of the middlewares: nearest to the views."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Nothing before the view is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """An administrator without a second factor enrols one, and does nothing else (row 238)."""
        if is_protocol(request):
            return None
        user = request.user
        name = request.resolver_match.url_name if request.resolver_match else None
        if name == "mfa_remove_webauthn" and request.method == "POST":
            return _kept_if_last(request)
        if not isinstance(user, User) or not is_needed(user) or was_proved(request.session, user):
            return None
        if name == "authorize":
            request.user = AnonymousUser()  # whom no client gets a code for
            return None
        if is_enrolled(user):
            return None if name in PROVE else _away("mfa_reauthenticate", request)
        return None if name in ENROL else HttpResponseRedirect(reverse("mfa_index"))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A fresh proof first. What was posted isn't kept in the session meanwhile, as allauth
        would: it may hold a password (row 240). The form is filled in again."""
        if not isinstance(error, ReauthenticationRequired):
            return None
        methods = get_adapter().get_reauthentication_methods(request.user)
        if not methods:
            return _away("account_login", request)
        return HttpResponseRedirect(f"{methods[0]['url']}?{_next(request)}")


def _kept_if_last(request: HttpRequest) -> HttpResponse | None:
    """allauth asks its adapter for apps, not for passkeys: may this one go?"""
    number = request.resolver_match.kwargs["pk"] if request.resolver_match else 0
    found = Authenticator.objects.filter(user_id=request.user.pk, pk=number).first()
    if found is None or mfa_adapter().can_delete_authenticator(found):
        return None
    messages.error(request, mfa_adapter().error_messages["cannot_delete_authenticator"])
    return HttpResponseRedirect(reverse("mfa_list_webauthn"))


def _away(name: str, request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse(name)}?{_next(request)}")


def _next(request: HttpRequest) -> str:
    return urlencode({"next": request.get_full_path()})
