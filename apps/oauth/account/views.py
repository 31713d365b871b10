"""The account pages: each shows and changes what belongs to whoever is signed in."""

from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.models import Session
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.directory.sessions import digest_of
from apps.directory.targets import actor_of
from apps.oauth.account.agents import browser_name
from apps.oauth.account.applications import application_of, applications_of
from apps.tokens.consents import withdraw_consent
from apps.tokens.sessions import end_one_session

MOST_SESSIONS: Final = 100


@never_cache
@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What is kept about a person, and the way to the rest."""
    user: Any = request.user
    kinds = list(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
    context = {
        "facts": [
            {"label": _("Name"), "text": user.display_name},
            {"label": _("Username"), "text": user.login},
            {"label": _("E-mail address"), "text": user.email},
            {"label": _("Account since"), "text": f"{user.created:%d %B %Y}"},
            *({"label": name, "text": _plain(value)} for name, value in user.profile.items()),
        ],
        "groups": list(user.groups.values_list("name", flat=True)[:50]),
        "has_totp": Authenticator.Type.TOTP in kinds,
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
    }
    return render(request, "account/overview.html", context)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@never_cache
@login_required
@require_safe
def applications(request: HttpRequest) -> HttpResponse:
    """Who has access, to what, since when, and when it was last used."""
    user: Any = request.user
    found = applications_of(user, timezone.now())
    return render(request, "account/applications.html", {"applications": found})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def application(request: HttpRequest, client_id: str) -> HttpResponse:
    """One application; POST removes its access at once: consent and tokens (R18, row 162)."""
    user: Any = request.user
    found = application_of(user, client_id, timezone.now())
    if found is None:
        raise Http404
    if request.method == "POST":
        withdraw_consent(actor=actor_of(user), user=user, client=found.client)
        text = _("%(name)s no longer has access.") % {"name": found.client.name}
        messages.success(request, text)
        return HttpResponseRedirect(reverse("account_applications"))
    return render(request, "account/application.html", {"application": found})


@never_cache
@login_required
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Where somebody is signed in."""
    user: Any = request.user
    rows = UserSession.objects.filter(user_id=user.pk).order_by("-created_at")[:MOST_SESSIONS]
    keys = [row.session_key for row in rows]
    open_now = Session.objects.filter(pk__in=keys, expire_date__gt=timezone.now())
    living = set(open_now.values_list("pk", flat=True))
    found = [row for row in rows if str(row.session_key) in living]
    for row in found:
        row.name = browser_name(row.user_agent)
    context = {"sessions": found, "here": digest_of(request.session.session_key or "")}
    return render(request, "usersessions/usersession_list.html", context)


@login_required
@require_POST
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """Sign out of one browser."""
    user: Any = request.user
    row = UserSession.objects.filter(user_id=user.pk, pk=number).first()
    if row is None:
        raise Http404
    end_one_session(actor=actor_of(user), user=user, key=str(row.session_key), now=timezone.now())
    messages.success(request, _("That browser is signed out."))
    return HttpResponseRedirect(reverse("usersessions_list"))


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    user: Any = request.user
    here = digest_of(request.session.session_key or "")
    rows = UserSession.objects.filter(user_id=user.pk).exclude(session_key=here)
    for key in list(rows.values_list("session_key", flat=True)):
        end_one_session(actor=actor_of(user), user=user, key=str(key), now=timezone.now())
    messages.success(request, _("Every other browser is signed out."))
    return HttpResponseRedirect(reverse("usersessions_list"))
