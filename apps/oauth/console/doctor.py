"""The token doctor: what a token is, whether it works, why, and what would.

The text is looked at and forgotten: it comes by POST, stands in no address, session, message, log
line or event, and isn't written back into the page. Only what it says of itself is shown.
"""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from apps.oauth.console.doctor_request import sufficient
from apps.oauth.console.page import permission, render
from apps.oauth.simulation.doctor import (
    ID_TOKEN,
    NO_TOKEN,
    WRONG_KIND,
    Diagnosis,
    diagnose,
    is_management,
    organization,
)
from apps.systemlog.admin.log_filters import REFERENCE
from apps.systemlog.admin.parts import Part, change_url, chip, instant, link, list_url, table, text
from apps.tokens import clock
from apps.tokens.models import Grant
from authzsite.domain.limits import MAX_AUDIENCE_LENGTH, MAX_PATH_LENGTH, MAX_TOKEN_LENGTH
from authzsite.domain.token_reach import Reach, reach_of

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MOST_CLAIMS, CLAIM_SHOWN = 60, 300
TIMES: Final = frozenset({"exp", "iat", "nbf", "auth_time", "updated_at"})
KINDS: Final = {
    "access_token": gettext_lazy("Access token"),
    "refresh_token": gettext_lazy("Refresh token"),
    "id_token": gettext_lazy("ID token"),
}


class Unechoed(forms.Textarea):
    """A field whose value never comes back in the page."""

    def format_value(self, value: Any) -> str:
        """Nothing."""
        return ""


class DoctorForm(forms.Form):
    """The token, and what it should be good for."""

    token = forms.CharField(
        label=gettext_lazy("Token or reference"),
        max_length=MAX_TOKEN_LENGTH,
        widget=Unechoed(
            attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false", "class": "mono"}
        ),
        help_text=gettext_lazy(
            "Any token, or the reference of an error. It is neither stored nor logged nor shown."
        ),
    )
    method = forms.ChoiceField(
        label=gettext_lazy("Method"), choices=[(one, one) for one in METHODS], required=False
    )
    path = forms.CharField(
        label=gettext_lazy("Path"),
        max_length=MAX_PATH_LENGTH,
        required=False,
        help_text=gettext_lazy("Of a call that should work, such as /api/v1/users. Optional."),
    )
    audience = forms.CharField(
        label=gettext_lazy("Audience"),
        max_length=MAX_AUDIENCE_LENGTH,
        required=False,
        help_text=gettext_lazy("Of the API that should take it, if it is not obvious. Optional."),
    )


@never_cache
@sensitive_post_parameters()
@sensitive_variables()
def doctor_page(request: HttpRequest) -> HttpResponse:
    """The form; and, for a POST, the finding below it."""
    if not request.user.has_perm(permission(Grant, "view")):
        raise PermissionDenied
    form = DoctorForm(request.POST) if request.method == "POST" else DoctorForm()
    found: dict[str, Any] | None = None
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        if REFERENCE.fullmatch(given["token"].strip().upper()):
            reference = given["token"].strip().upper()
            return HttpResponseRedirect(reverse("admin:reference", args=[reference]))
        found = _shown(diagnose(given["token"], clock.now(), given["audience"]), given)
    return _page(request, form, found)


def _page(request: HttpRequest, form: DoctorForm, found: dict[str, Any] | None) -> HttpResponse:
    intro = _("Why a token works or doesn't, and what would.")
    context: dict[str, Any] = {
        "title": _("Token doctor"),
        "page": {"title": _("Tokens"), "facts": [[text(intro)]]},
        "form": form,
        "found": found,
    }
    response = render(request, "admin/tokens/doctor.html", context)
    response.context_data["tabs"] = response.context_data["place_tabs"]  # type: ignore[index]
    response["Cache-Control"] = "no-store"
    return response


def _shown(found: Diagnosis, given: dict[str, Any]) -> dict[str, Any]:
    """First the answer, then the reason, then the data."""
    path, now = given["path"].strip(), clock.now()
    reach = _reach(found, given["method"] or "GET", path) if path else None
    return {
        "verdict": _verdict(found),
        "reach": _reach_verdict(found, reach, path),
        "stands": _stands(found),
        "facts": _facts(found, now),
        "claims": _claims(found),
        "is_unverified": not found.stands,
        "request": sufficient(found, reach),
    }


def _verdict(found: Diagnosis) -> dict[str, Any]:
    """Whether it works, and what ended it."""
    is_refresh = found.is_valid and found.detail == WRONG_KIND
    tone = "info" if is_refresh else "success" if found.is_valid else "danger"
    if found.reason in (NO_TOKEN, ID_TOKEN):
        tone = "warn"
    parts: list[Part] = []
    if found.change is not None and found.change.reference:
        log = list_url("systemlog.LogEvent", reference=found.change.reference)
        parts = [link(_("See in the log what ended it"), log), text(".")]
    others = [one for one in found.stands if not one.is_ok]
    if len(others) > 1:
        names = ", ".join(f"{one.what.lower()} {one.name}" for one in others)
        parts.append(text(" " + _("All that no longer stands: %(names)s.") % {"names": names}))
    sentence = found.sentence
    if found.reason == "foreign_issuer" and found.detail:
        sentence = _("It was issued by somebody else: %(issuer)s.") % {"issuer": found.detail}
    return {"tone": tone, "title_parts": [text(sentence)], "parts": parts}


def _reach(found: Diagnosis, method: str, path: str) -> Reach | None:
    """Only of a token whose scopes mean paths: those of the management APIs do."""
    if not found.kind or not is_management(found.server):
        return None
    return reach_of(found.scopes, method, path, organization())


def _reach_verdict(found: Diagnosis, reach: Reach | None, path: str) -> dict[str, Any] | None:
    if reach is not None:
        is_good = reach.is_reached and found.is_valid
        tone = "success" if is_good else "warn" if reach.is_reached else "danger"
        more = "" if is_good or not reach.is_reached else _("But the token itself is refused.")
        return {"tone": tone, "title": reach.sentence, "text": more}
    if path and found.server is not None and found.kind == "access_token":
        words = _("What its scopes allow on a path is for %(audience)s to say.")
        more = _("Only scopes of the management APIs name paths; this token is for another API.")
        title = words % {"audience": found.server.audience}
        return {"tone": "info", "title": title, "text": more}
    return None


def _stands(found: Diagnosis) -> dict[str, Any] | None:
    rows = [
        [
            {"badge": {"label": _("Stands"), "tone": "success"}}
            if one.is_ok
            else {"badge": {"label": _("Gone"), "tone": "danger"}},
            text(one.what),
            link(one.name, change_url(one.label, one.object_id)) if one.label else text(one.name),
            text(one.note),
        ]
        for one in sorted(found.stands, key=lambda one: one.is_ok)
    ]
    return table(("", _("Part"), _("Name"), _("Compared")), rows) if rows else None


def _facts(found: Diagnosis, now: datetime) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    if found.kind:
        rows.append({"label": _("Kind"), "text": KINDS.get(found.kind, found.kind)})
    if found.server is not None:
        server = change_url("servers.AuthorizationServer", found.server.id)
        rows.append({"label": _("Server"), "parts": [link(found.server.name, server)]})
        rows.append({"label": _("Audience"), "parts": [chip(found.server.audience)]})
    if found.client is not None:
        client = change_url("clients.Client", found.client.id)
        rows.append({"label": _("Client"), "parts": [link(found.client.name, client)]})
    if found.user_id:
        user = change_url("directory.User", found.user_id)
        rows.append({"label": _("User"), "parts": [link(found.user_login or found.user_id, user)]})
    if found.grant_id:
        grant = change_url("tokens.Grant", found.grant_id)
        rows.append({"label": _("Grant"), "parts": [link(found.grant_id, grant)]})
    for label, at in ((_("Issued"), found.issued), (_("Expires"), found.expires)):
        if at is not None:
            rows.append({"label": label, "text": instant(at)[:-4], "hint": _distance(at, now)})
    if found.server is not None and found.kind:
        chips = [chip(name) for name in found.scopes]
        rows.append({"label": _("Scopes"), "chips": chips, "text": _("none")})
    return rows


def _claims(found: Diagnosis) -> list[dict[str, Any]]:
    """What it says of itself."""
    return [
        {"label": name, "text": _claim(value), "hint": _claim_time(name, value)}
        for name, value in list(found.claims.items())[:MOST_CLAIMS]
        if isinstance(name, str)
    ]


def _claim(value: Any) -> str:
    words = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return words if len(words) <= CLAIM_SHOWN else words[:CLAIM_SHOWN] + "…"


def _claim_time(name: str, value: Any) -> str:
    if name not in TIMES or type(value) not in (int, float):
        return ""
    try:
        return f"{datetime.fromtimestamp(value, clock.now().tzinfo):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return ""


def _distance(at: datetime, now: datetime) -> str:
    """`in 42 minutes`, `3 days ago`."""
    seconds = abs((at - now).total_seconds())
    number, unit = next(
        (int(seconds // size), unit)
        for size, unit in ((86400, _("days")), (3600, _("hours")), (60, _("minutes")), (0.5, ""))
        if seconds >= size or not unit
    )
    if not unit:
        return _("within a minute")
    shape = _("in %(number)s %(unit)s") if at > now else _("%(number)s %(unit)s ago")
    return shape % {"number": number, "unit": unit}
