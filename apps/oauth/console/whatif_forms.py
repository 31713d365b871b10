"""The pages of one policy and one rule of a draft."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from apps.oauth.console import whatif_edit as edit
from apps.oauth.console.page import may_change, render
from apps.oauth.console.whatif import run_head, run_or_404
from apps.oauth.console.whatif_form import parts_of, policy_form, rule_form
from apps.oauth.console.whatif_subject import run_url
from apps.policies.models import WhatIfRun
from apps.policies.services.what_if import Draft, write_draft
from apps.servers.models import AuthorizationServer
from authzsite.domain.validation import InvalidError

Make = Callable[[Any, AuthorizationServer, Draft | None], Any]


def policy_page(request: HttpRequest, object_id: str, run_id: str, policy: str) -> HttpResponse:
    """The name of a policy of the draft, and whom it is for."""
    run = run_or_404(request, object_id, run_id)
    title = _("New policy of the draft") if policy == edit.NEW else _("Policy of the draft")
    return _page(request, run, policy_form, title, policy)


def rule_page(
    request: HttpRequest, object_id: str, run_id: str, policy: str, rule: str
) -> HttpResponse:
    """The conditions and lifetimes of a rule of the draft."""
    run = run_or_404(request, object_id, run_id)
    if edit.found(run.proposal, policy) is None:
        raise Http404
    title = _("New rule of the draft") if rule == edit.NEW else _("Rule of the draft")
    return _page(request, run, rule_form, title, policy, rule)


def _page(
    request: HttpRequest, run: WhatIfRun, make: Make, title: str, *places: str
) -> HttpResponse:
    old = None if places[-1] == edit.NEW else edit.found(run.proposal, *places)
    if run.server is None or (old is None and places[-1] != edit.NEW):
        raise Http404
    form = make(request.POST if request.method == "POST" else None, run.server, old)
    if request.method == "POST" and form.is_valid() and _written(run, form, old, places):
        return HttpResponseRedirect(run_url(run))
    is_open = may_change(request, AuthorizationServer, run.server)
    head = run_head(run)
    crumbs = [*head["crumbs"], {"label": title}]
    crumbs[-2]["href"] = run_url(run)
    page = {**head["page"], "title": title}
    context = {
        "form": form,
        "parts": parts_of(form),
        "media": form.media,
        "is_open": is_open,
        "back": run_url(run),
    }
    full = {**head, "crumbs": crumbs, "page": page, "title": title, **context}
    return render(request, "admin/server/whatif_form.html", full)


def _written(run: WhatIfRun, form: Any, old: Draft | None, places: tuple[str, ...]) -> bool:
    """Into the draft; what could not be saved are errors of the form."""
    try:
        write_draft(run_id=run.pk, proposal=edit.put(run.proposal, form.draft(old), *places))
    except InvalidError as error:
        own = (replace(one, field=one.field.rpartition(".")[2]) for one in error.problems)
        form.add_problems(InvalidError(*own))
        return False
    return True
