"""Tokens → Revoke tokens: pick what is meant, see what would end, then end it (R18).

The question has an address; the answer is posted with the ids of what was shown.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.oauth.console.page import may_change, render
from apps.oauth.console.revoke_form import RevokeForm, criteria_fields, criteria_of
from apps.systemlog.admin.before import seal_of
from apps.systemlog.admin.confirm import CONFIRMED, is_confirmed
from apps.systemlog.admin.parts import (
    badge,
    change_url,
    link,
    list_url,
    moment,
    text,
)
from apps.systemlog.admin.service import actor_of, attempt
from apps.systemlog.models import LogEvent, RevocationJob
from apps.tokens.admin.radius import by_client, by_user, radius_of, sample_of
from apps.tokens.admin.reach import cards_of
from apps.tokens.criteria import Criteria, resolve
from apps.tokens.cutoffs import KIND, count_matching, job_of, revoke_matching
from apps.tokens.models import Grant
from authzsite.domain.validation import InvalidError

GRANT, VIEW = "tokens.Grant", "tokens.view_grant"
PLACE = "admin:tokens_revoke"
TITLE = gettext_lazy("Revoke tokens")


def revoke_page(request: HttpRequest) -> HttpResponse:
    """What would end, as the address says; a confirmed post ends it."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    if request.method == "POST":
        return _revoke(request)
    form = RevokeForm(request.GET.dict())
    context = {
        "title": TITLE,
        "page": {"title": TITLE, "facts": [[text(_("Ends them at once and for good."))]]},
        "crumbs": [{"label": _("Tokens"), "href": list_url(GRANT)}, {"label": TITLE}],
        "form": form,
        "clear": request.path,
        "found": _found(request, form) if form.is_valid() else None,
    }
    return render(request, "admin/tokens/revoke.html", context)


def result_page(request: HttpRequest, job_id: str) -> HttpResponse:
    """What an explicit revocation has done so far: the tokens are dead, the rows get marked."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    job = RevocationJob.objects.filter(pk=job_id, kind=KIND).first()
    if job is None:
        raise Http404
    event = LogEvent.objects.filter(reference=job.reference).order_by("pk").first()
    title = _("Tokens revoked")
    context = {
        "title": title,
        "page": {"title": title, "status": badge(_("Dead"), "success"), "actions": _onwards(job)},
        "crumbs": [
            {"label": _("Tokens"), "href": list_url(GRANT)},
            {"label": TITLE, "href": reverse(PLACE)},
            {"label": title},
        ],
        "job": job,
        "words": job.object_name,
        "facts": _facts(job, event),
        "progress": _progress(job),
    }
    return render(request, "admin/tokens/revoked.html", context)


def _revoke(request: HttpRequest) -> HttpResponse:
    """Only what was shown, only after the box was ticked."""
    try:
        criteria = criteria_of(request.POST.dict())
    except ValueError:
        raise Http404 from None
    if not _may_revoke(request, criteria):
        raise PermissionDenied
    back = f"{request.path}?{request.GET.urlencode()}"
    if not is_confirmed(request):
        messages.error(request, _("Nothing was revoked: tick the box to confirm."))
        return HttpResponseRedirect(back)
    actor = actor_of(request)
    row = attempt(request, lambda: revoke_matching(actor=actor, criteria=criteria), "")
    job = job_of(row) if row else None
    return HttpResponseRedirect(reverse(f"{PLACE}d", args=[job.pk]) if job else back)


def _may_revoke(request: HttpRequest, criteria: Criteria) -> bool:
    """Whoever may revoke anything, and the owners of the client or the server that is named."""
    if may_change(request, Grant):
        return True
    try:
        meant = resolve(criteria, timezone.now())
    except InvalidError:
        return False
    return any(may_change(request, Grant, one) for one in (meant.client, meant.server))


def _found(request: HttpRequest, form: RevokeForm) -> dict[str, Any] | None:
    """The preview; None, with the reasons at the form's fields, when it can't be."""
    criteria, now = form.criteria, timezone.now()
    try:
        meant, count = resolve(criteria, now), count_matching(criteria, now)
    except InvalidError as error:
        form.add_problems(error)
        return None
    return {
        "words": meant.words,
        "cards": cards_of(
            count,
            {name: pk for name, pk in meant.owners.items() if pk},
            with_users=not meant.user,
            with_clients=not meant.client,
        ),
        "partial": count.looked_at if count.is_partial else 0,
        "rowless": not meant.user,
        "is_empty": not count,
        "users": None if meant.user else by_user(count),
        "clients": None if meant.client else by_client(count),
        "sample": sample_of(count),
        "fields": criteria_fields(criteria),
        "seal": seal_of(request, criteria_fields(criteria), [KIND], radius_of(count)),
        "may_revoke": _may_revoke(request, criteria),
        "confirmed": CONFIRMED,
    }


def _onwards(job: RevocationJob) -> list[dict[str, Any]]:
    return [{"label": _("Revoke more…"), "href": reverse(PLACE)}]


def _facts(job: RevocationJob, event: LogEvent | None) -> list[dict[str, Any]]:
    by = (event.body.get("actor") or {}).get("displayName") or event.actor_name if event else ""
    log = (
        link(_("The event"), change_url("systemlog.LogEvent", event.pk))
        if event
        else text(_("gone with the log's retention"))
    )
    return [
        {
            "label": _("Revoked"),
            "text": _("all tokens %(object_name)s") % {"object_name": job.object_name},
        },
        {"label": _("By"), "text": by},
        {"label": _("At"), "text": f"{moment(job.created)} UTC"},
        {"label": _("In the log"), "parts": [log]},
        {"label": _("Job"), "parts": [link(_("All jobs"), reverse("admin:jobs"))]},
    ]


def _progress(job: RevocationJob) -> dict[str, Any]:
    is_done = job.state == RevocationJob.State.DONE
    return {
        "label": _("Rows marked") if is_done else _("Marking rows"),
        "text": (
            _("%(rows_done)s marked of %(rows_seen)s looked at")
            % {"rows_done": f"{job.rows_done:,}", "rows_seen": f"{job.rows_seen:,}"}
        ),
        "done": 1000 if is_done else job.progress,
        "total": 1000,
        "tone": "success" if is_done else "",
    }
