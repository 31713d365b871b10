"""What-if: drafts of a server's policies, scopes and assignments, or of a client's assignments,
what they would do, and their way into force.

A draft is edited as forms, replayed at once on the newest requests, and in batches on all of them.
Saving it goes through the services of policies and rules, so it is asked about like any change.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from apps.oauth.console import whatif_edit as edit
from apps.oauth.console.page import render, row_or_404
from apps.oauth.console.whatif_begin import proposal_of
from apps.oauth.console.whatif_draft import draft_rows, left_out
from apps.oauth.console.whatif_edits import allow_clients, edits_context, without
from apps.oauth.console.whatif_form import DaysForm
from apps.oauth.console.whatif_rows import (
    differences_table,
    finding_rows,
    is_capped,
    progress_of,
    quick_differences,
    quick_parts,
    run_parts,
)
from apps.oauth.console.whatif_subject import (
    Subject,
    about,
    crumbs_of,
    drafts_url,
    head_of,
    home_url,
    may_draft,
    run_url,
)
from apps.oauth.simulation.drafting import drafted
from apps.oauth.simulation.whatif import what_if
from apps.policies.models import WhatIfRun
from apps.policies.services.replacing import carry_out
from apps.policies.services.what_if import (
    create_draft,
    delete_run,
    start_run,
    write_draft,
    write_edits,
)
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import (
    Part,
    badge,
    chip,
    link,
    moment,
    post_action,
    table,
    text,
)
from apps.systemlog.admin.service import actor_of, attempt
from apps.tokens import clock
from authzsite.domain.validation import InvalidError

QUICK_DAYS = 7
State = WhatIfRun.State
TONES = {State.DONE: "success", State.FAILED: "danger", State.DRAFT: "", State.OPEN: "info"}


def drafts_page(
    request: HttpRequest, object_id: str, model: type[Subject] = AuthorizationServer
) -> HttpResponse:
    """The drafts and runs of a server, or of a client's assignments; a POST begins one."""
    subject = row_or_404(request, model, object_id)
    mine = about(subject)
    if request.method == "POST":
        proposal, edits = proposal_of(request, subject)
        made: Any = {"actor": actor_of(request), "proposal": proposal, "edits": edits}
        return HttpResponseRedirect(run_url(create_draft(**made, **mine)))
    new = post_action(_("Draft a change"), drafts_url(subject), tone="primary")
    rows = [_listed(run) for run in WhatIfRun.objects.filter(**mine).select_related(*mine)]
    empty = {
        "title": _("No draft"),
        "body": _("Change a copy, and see what it would do before it is saved."),
    }
    columns = (_("Draft"), _("By"), _("Begun"), _("State"), _("Looked at#"))
    head = head_of(request, subject, [new] if may_draft(request, subject) else [])
    context = {"tab": "whatif", "table": table(columns, rows, empty=empty)}
    return render(request, "admin/server_page.html", {**head, **context})


def _listed(run: WhatIfRun) -> list[Part]:
    return [
        link(run.pk, run_url(run)),
        text(run.author),
        text(moment(run.created)),
        {"badge": badge(run.get_state_display(), TONES.get(State(run.state), "info"))},
        {"text": f"{run.looked_at:,}", "kind": "num"},
    ]


@never_cache
def run_page(request: HttpRequest, object_id: str, run_id: str) -> HttpResponse:
    """One of them: to be edited, replayed, saved or thrown away."""
    run = run_or_404(request, object_id, run_id)
    if request.method == "POST":
        return _VERBS.get(request.POST.get("verb", ""), _unknown)(request, run)
    is_open = may_draft(request, run.subject)
    context = {**run_head(run), "run": run, "is_open": is_open, **_policies(run, is_open)}
    if run.state == State.DRAFT:
        context |= {"days": DaysForm(), **_quick(run)}
    else:
        context |= live_context(run)
    return render(request, "admin/server/whatif_run.html", context)


@never_cache
def run_live(request: HttpRequest, object_id: str, run_id: str) -> HttpResponse:
    """The part of a run's page that changes."""
    run = run_or_404(request, object_id, run_id)
    return render(request, "admin/server/whatif_live.html", live_context(run))


def run_or_404(request: HttpRequest, object_id: str, run_id: str) -> WhatIfRun:
    """The run, for who may see its server or client, and may change that on a POST."""
    of_one = Q(server=object_id) | Q(client=object_id)
    run = WhatIfRun.objects.select_related("server", "client").filter(of_one, pk=run_id).first()
    row_or_404(request, type(run.subject) if run else AuthorizationServer, object_id)
    if run is None or not request.path.startswith(run_url(run)):  # a server's, or a client's
        raise Http404
    return run


def run_head(run: WhatIfRun) -> dict[str, Any]:
    """Title, state and way of a run's pages."""
    facts = [
        [text(_("Draft ")), chip(run.pk)],
        [text(_("begun %(when)s by %(who)s") % {"when": moment(run.created), "who": run.author})],
    ]
    title = _("What if?")
    state = badge(run.get_state_display(), TONES.get(State(run.state), "info"))
    crumbs = crumbs_of(run.subject, _("Drafts"), title)
    page = {"title": title, "status": state, "facts": facts}
    return {"title": title, "page": page, "crumbs": crumbs}


def live_context(run: WhatIfRun) -> dict[str, Any]:
    """What `admin/server/whatif_live.html` shows."""
    is_busy = run.state in (State.OPEN, State.RUNNING)
    rows = finding_rows(run)
    return {
        "run": run,
        "is_busy": is_busy,
        "status": run.get_state_display(),
        "progress": progress_of(run),
        "effects": run_parts(run),
        "differences": differences_table(rows) if rows else None,
        "is_capped": is_capped(run),
        "has_changed": run.version != run.subject.version,
        "live_url": run_url(run, "live"),
        "csv_url": run_url(run, "csv"),
    }


def _policies(run: WhatIfRun, is_open: bool) -> dict[str, Any]:
    """The draft as sentences; one that doesn't fit the server any more says why."""
    is_draft = run.state == State.DRAFT
    try:
        compiled = drafted(run).policies
    except InvalidError as error:
        return {"unfit": str(error), "policies": [], **edits_context(run, is_open and is_draft)}
    return {
        "policies": draft_rows(run, compiled, is_open and is_draft),
        "left_out": left_out(run),
        "is_changed": run.is_changed,
        **edits_context(run, is_open and is_draft),
        "new_policy": _new_policy(run) if is_open and is_draft else "",
    }


def _new_policy(run: WhatIfRun) -> str:
    return run_url(run, "policy", edit.NEW) if run.server_id else ""


def _quick(run: WhatIfRun) -> dict[str, Any]:
    """What the draft does to the newest requests, at once; nothing while it changes nothing."""
    if not run.is_changed:
        return {}
    try:
        draft = drafted(run)
    except InvalidError:
        return {}
    found = what_if(draft, QUICK_DAYS, clock.now())
    rows = quick_differences(found)
    differences = differences_table(rows) if rows else None
    return {"effects": quick_parts(found), "differences": differences, "quick_days": QUICK_DAYS}


def _place(request: HttpRequest) -> dict[str, Any]:
    return {"policy": request.POST.get("policy", ""), "rule": request.POST.get("rule")}


def _edit(request: HttpRequest, run: WhatIfRun) -> HttpResponse:
    """A button of the draft."""
    verb, drafts = request.POST["verb"], run.proposal
    if verb in edit.STEPS:
        after = edit.moved(drafts, verb, **_place(request))
    elif verb == "remove":
        after = edit.removed(drafts, **_place(request))
    else:
        after = edit.switched(drafts, **_place(request))
    attempt(request, lambda: write_draft(run_id=run.pk, proposal=after), "")
    return HttpResponseRedirect(run_url(run))


def _leave_out(request: HttpRequest, run: WhatIfRun) -> HttpResponse:
    """Without one of the changes of scopes and assignments."""
    edits = without(run, request.POST.get("edit", ""))
    attempt(request, lambda: write_edits(run_id=run.pk, edits=edits), "")
    return HttpResponseRedirect(run_url(run))


def _start(request: HttpRequest, run: WhatIfRun) -> HttpResponse:
    form = DaysForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a number of days from 1 to 90."))
        return HttpResponseRedirect(run_url(run))
    days, now = form.cleaned_data["days"], clock.now()
    attempt(
        request,
        lambda: start_run(actor=actor_of(request), run_id=run.pk, days=days, now=now),
        "",
    )
    return HttpResponseRedirect(run_url(run))


def _save(request: HttpRequest, run: WhatIfRun) -> HttpResponse:
    """Into force, by the services; the page before saving asks when it revokes."""
    allow_clients(request, run.edits)

    def change() -> bool:
        carry_out(actor=actor_of(request), run=run)
        return True

    if attempt(request, change, _("The draft is in force.")) is None:
        return HttpResponseRedirect(run_url(run))
    return HttpResponseRedirect(home_url(run.subject))


def _copy(request: HttpRequest, run: WhatIfRun) -> HttpResponse:
    """A draft with the same changes, to go on with."""
    drafts: Any = {"proposal": run.proposal, "edits": run.edits}
    new = create_draft(actor=actor_of(request), **about(run.subject), **drafts)
    return HttpResponseRedirect(run_url(new))


def _discard(request: HttpRequest, run: WhatIfRun) -> HttpResponse:
    delete_run(run_id=run.pk)
    messages.success(request, _("The draft is gone."))
    return HttpResponseRedirect(drafts_url(run.subject))


def _unknown(request: HttpRequest, run: WhatIfRun) -> HttpResponse:
    messages.error(request, _("Nothing was changed."))
    return HttpResponseRedirect(run_url(run))


_VERBS: dict[str, Callable[[HttpRequest, WhatIfRun], HttpResponse]] = {
    **dict.fromkeys((*edit.STEPS, "remove", "switch"), _edit),
    "leave_out": _leave_out,
    "start": _start,
    "save": _save,
    "copy": _copy,
    "discard": _discard,
}
