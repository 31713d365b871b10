"""Revocation jobs: what tidies up after a change that has already taken effect."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.systemlog.admin.paging import CountlessChangeList, CountlessPaginator
from apps.systemlog.admin.parts import badge_html, link_html, list_url, moment
from apps.systemlog.admin.service import ConsoleAdmin
from apps.systemlog.models import RevocationJob


@admin.register(RevocationJob)
class RevocationJobAdmin(ConsoleAdmin):
    """Read only: liveness never waits for a job."""

    list_display = ("cause", "what", "progress", "rows_done", "began", "changed", "log")
    list_display_links = None
    list_filter = ("state",)
    search_fields = ("=object_id", "^object_name")
    search_help_text = "=id or ^name of what was changed."
    paginator = CountlessPaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CountlessChangeList]:
        """Nobody counts them."""
        return CountlessChangeList

    @admin.display(description="Changed")
    def what(self, job: RevocationJob) -> str:
        """The kind and name of what was changed."""
        return f"{job.kind.replace('_', ' ')} {job.object_name or job.object_id}"

    @admin.display(description="State", ordering="state")
    def progress(self, job: RevocationJob) -> SafeString:
        """Open, running or done."""
        return badge_html(job.state)

    @admin.display(description="Began", ordering="created")
    def began(self, job: RevocationJob) -> str:
        """When the change was made."""
        return moment(job.created)

    @admin.display(description="Last step", ordering="updated")
    def changed(self, job: RevocationJob) -> str:
        """When a worker last reported."""
        return moment(job.updated)

    @admin.display(description="", empty_value="")
    def log(self, job: RevocationJob) -> str | SafeString:
        """The change in the log."""
        url = list_url("systemlog.LogEvent", reference=job.reference)
        return link_html("Log", url) if job.reference else ""
