"""The Jobs page: what tidies up after changes that have already taken effect, as it happens.

`jobs_rows` makes what the templates show. The script `static/console/live.js` asks for the
fragment again and again; without it the page shows the present state.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.systemlog.admin import jobs_words as words
from apps.systemlog.admin.jobs_rows import live_context, overview
from apps.systemlog.admin.parts import action, link_html, list_url, moment
from apps.systemlog.admin.service import ConsoleAdmin, actor_of
from apps.systemlog.job_requests import run_periodic, run_revocation
from apps.systemlog.job_states import Revocation, revocation_state, with_author
from apps.systemlog.models import RevocationJob

VIEW, CHANGE = "systemlog.view_revocationjob", "systemlog.change_revocationjob"


def job_urls(site: Any) -> list[URLPattern]:
    """To be mounted under the site."""
    views = {"jobs": ("", jobs_page), "jobs_live": ("live/", jobs_live), "jobs_run": ("run/", run)}
    return [path(f"jobs/{at}", site.admin_view(to), name=name) for name, (at, to) in views.items()]


@never_cache
@require_GET
def jobs_page(request: HttpRequest) -> TemplateResponse:
    """All jobs, and those open revocations that are carried out next."""
    frame = admin.site.each_context(request)
    log = action(_("Log of jobs"), list_url("systemlog.LogEvent", what="system"))
    page = {"title": _("Jobs"), "facts": [[{"text": INTRODUCTION}]], "actions": [log]}
    context = {
        **frame,
        "title": _("Jobs"),
        "page": page,
        "tabs": frame["place_tabs"],
        **_live(request),
    }
    return TemplateResponse(request, "admin/systemlog/jobs.html", context)


@never_cache
@require_GET
def jobs_live(request: HttpRequest) -> TemplateResponse:
    """The part of the page that changes."""
    return TemplateResponse(request, "admin/systemlog/jobs_live.html", _live(request))


@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Run the job of the pressed button now; the services log it (R24)."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    actor, back = actor_of(request), HttpResponseRedirect(reverse("admin:jobs"))
    try:
        if name := request.POST.get("periodic"):
            title: str | None = run_periodic(actor=actor, name=name)
        else:
            title = run_revocation(actor=actor, job_id=request.POST.get("revocation", ""))
    except KeyError:
        title = None
    if title:
        messages.success(request, _("%(job)s: the next free worker takes it up.") % {"job": title})
    else:
        messages.warning(request, _("There is nothing to run any more: it is done, or gone."))
    return back


INTRODUCTION = gettext_lazy(
    "What is revoked or expired is refused at once. Jobs tidy up afterwards, in small steps."
)


def _live(request: HttpRequest) -> dict[str, Any]:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    may_run = request.user.has_perm(CHANGE)
    return {"may_run": may_run, **live_context(overview(timezone.now()))}


@admin.register(RevocationJob)
class RevocationJobAdmin(ConsoleAdmin):
    """Every revocation, newest first; read only, since liveness never waits for a job."""

    list_display = ("what", "standing", "marked", "seen", "took", "ended")
    list_display_links = None
    list_filter = ("state",)
    found_exactly = ("object_id",)
    found_by_beginning = ("object_name",)
    search_help_text = gettext_lazy("The id, or the beginning of the name, of what was changed.")
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[RevocationJob]:
        """With who made the change."""
        return with_author(super().get_queryset(request))

    @admin.display(description=gettext_lazy("Change"))
    def what(self, job: Any) -> SafeString:
        """What was done to what, by whom, and the log's page of it."""
        title, subject = words.cause_title(job.cause), words.subject(job)
        name = link_html(subject["name"], subject["href"]) if subject["href"] else subject["name"]
        log = list_url("systemlog.LogEvent", reference=job.reference)
        link = link_html(_("log"), log) if job.reference else ""
        author = job.author or "authzsite"
        shape = (
            '{} {}<br><span class="muted small">'
            'by {} · <span class="nowrap">{}</span> · {}</span>{}'
        )
        error = format_html('<span class="job-trouble">{}</span>', job.last_error)
        trouble = error if job.last_error and job.finished is None else ""
        return format_html(shape, title, name, author, moment(job.created), link, trouble)

    @admin.display(description=gettext_lazy("State"))
    def standing(self, job: RevocationJob) -> SafeString:
        """As the Jobs page judges it."""
        shown = words.state_badge(revocation_state(job, timezone.now()))
        return format_html('<span class="badge {}">{}</span>', shown["tone"], shown["label"])

    @admin.display(description=gettext_lazy("Marked"))
    def marked(self, job: RevocationJob) -> str:
        """Rows that ended."""
        return words.number(job.rows_done)

    @admin.display(description=gettext_lazy("Looked at"))
    def seen(self, job: RevocationJob) -> str:
        """Rows that might have."""
        return words.number(job.rows_seen)

    @admin.display(description=gettext_lazy("Took"), empty_value="")
    def took(self, job: RevocationJob) -> SafeString:
        """From its first batch to its last, or until now; and how often a worker took it up."""
        now = timezone.now()
        spent = words.length(Revocation(job, revocation_state(job, now)).duration(now))
        tries = (
            (_("%(attempts)s attempts") % {"attempts": job.attempts}) if job.attempts > 1 else ""
        )
        shape = '<span class="nowrap">{}</span><br><span class="muted small nowrap">{}</span>'
        return format_html(shape if tries else '<span class="nowrap">{}</span>', spent, tries)

    @admin.display(description=gettext_lazy("Finished"))
    def ended(self, job: RevocationJob) -> SafeString:
        """When the last row was marked."""
        return format_html('<span class="nowrap">{}</span>', moment(job.finished))
