"""A new e-mail address counts when a link that was sent to it has been followed, not before; and
where people need verified addresses, so does the one that they have."""

from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.constants import LoginStageKey
from allauth.account.stages import LoginStageController
from django import forms
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.directory.attempts import TooManyError, mail_attempt
from apps.directory.attempts.pages import admitted, browser_of
from apps.directory.models import User
from apps.directory.services import update_user, verify_address
from apps.directory.targets import actor_of
from authzsite.domain.validation import InvalidError

SALT: Final = "authzsite new e-mail address"
LINK_SECONDS: Final = 24 * 60 * 60


class AddressForm(forms.Form):
    """The new address."""

    email = forms.EmailField(
        label=gettext_lazy("New e-mail address"),
        max_length=100,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )


@never_cache
@login_required
@reauthentication_required(app="apps.oauth")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest) -> HttpResponse:
    """Ask for the address and send the link; the answer doesn't say whether others have it."""
    user: Any = request.user
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"]
        admitted(request, lambda: mail_attempt(address, browser_of(request)))
        link = request.build_absolute_uri(
            reverse("account_confirm_email", args=[key_for(user, address)])
        )
        mail = {"user": user, "link": link}
        get_adapter().send_mail("account/email/new_address", address, mail)
        return render(request, "account/email_sent.html", {"address": address})
    return render(request, "account/email_change.html", {"form": form})


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, key: str) -> HttpResponse:
    """Whoever has the link has the mailbox. A look at it changes nothing: mail scanners look."""
    found = read_key(key)
    if found is None:
        return render(request, "account/email_confirm.html", {"is_over": True}, status=400)
    user, address = found
    before = user.email
    if request.method == "GET":
        context = {"address": address, "is_known": address == before}
        return render(request, "account/email_confirm.html", context)
    try:
        with transaction.atomic():
            row = update_user(actor=actor_of(user), user=user, email=address)
            verify_address(actor=actor_of(user), user=row, address=address)
    except InvalidError:
        return render(request, "account/email_confirm.html", {"is_over": True}, status=400)
    if address == before:
        get_adapter().add_message(request, 25, message=_("Your e-mail address is verified."))
        return resumed(request, user) or HttpResponseRedirect(reverse("account_overview"))
    mail = {"user": user, "address": address}
    get_adapter().send_mail("account/email/address_changed", before, mail)
    get_adapter().add_message(request, 25, message=_("Your e-mail address has changed."))
    return HttpResponseRedirect(reverse("account_overview"))


def send_link(request: HttpRequest, user: User) -> None:
    """To the address of the account, for who has proved the password. Of more mails than one may
    cause, no one is sent: an earlier one will do."""
    try:
        mail_attempt(user.email, browser_of(request))
    except TooManyError:
        return
    path = reverse("account_confirm_email", args=[key_for(user, user.email)])
    mail = {"user": user, "link": request.build_absolute_uri(path)}
    get_adapter().send_mail("account/email/verify_address", user.email, mail)


def resumed(request: HttpRequest, user: User) -> HttpResponse | None:
    """The sign-in that waited for the link, in the browser where the password was typed, with
    whatever else it needs; None elsewhere, where the link alone opens nothing."""
    stage = LoginStageController.enter(request, LoginStageKey.VERIFY_EMAIL.value)
    if stage is None or stage.login.user is None or stage.login.user.pk != user.pk:
        return None
    found: HttpResponse = stage.exit()
    return found


def key_for(user: User, address: str) -> str:
    """A signed text that is good for a day, and for as long as address and password are as now, and
    until it was followed."""
    now = [user.pk, user.email, user.password_epoch]
    return signing.dumps([*now, address], salt=SALT)


def read_key(key: str) -> tuple[User, str] | None:
    """Who wanted which address; None for a key that is over, used or made up."""
    try:
        pk, before, epoch, address = signing.loads(key, salt=SALT, max_age=LINK_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=pk, email=before, password_epoch=epoch).first()
    if user is None or not user.is_active or address == before == user.verified_email:
        return None
    return user, str(address)
