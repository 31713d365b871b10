"""The forms of a draft's changes of scopes and of assignments."""

from dataclasses import replace
from typing import Any, Final

from django import forms
from django.contrib.admin.helpers import AdminForm
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.directory.models import Group
from apps.oauth.console.page import render
from apps.oauth.console.typed import TypedNames
from apps.oauth.console.whatif import run_head, run_or_404
from apps.oauth.console.whatif_edits import allow_clients
from apps.oauth.console.whatif_subject import may_draft, run_url
from apps.policies.models import WhatIfRun
from apps.policies.services import draft_edits as of
from apps.policies.services.what_if import write_edits
from apps.servers.models import Scope
from apps.systemlog.admin.service import ProblemsMixin
from authzsite.domain.validation import InvalidError

SCOPE_VERBS: Final = (
    (of.ADD, gettext_lazy("Add a scope of this name")),
    (of.REMOVE, gettext_lazy("Remove the scope")),
    (of.RENAME, gettext_lazy("Give the scope this name")),
    (of.DEFAULT, gettext_lazy("Grant the scope when none is asked for")),
    (of.NOT_DEFAULT, gettext_lazy("Grant the scope only when it is asked for")),
)
PEOPLE_VERBS: Final = (
    (of.ASSIGN, gettext_lazy("Assign")),
    (of.UNASSIGN, gettext_lazy("End the assignment")),
)


class EditForm(ProblemsMixin, forms.Form):
    """One change; `run` is the draft."""

    is_returned = False

    def __init__(self, run: WhatIfRun, *args: Any) -> None:
        super().__init__(*args)
        self.run = run


class ScopeEditForm(EditForm):
    """What becomes of a scope, or a new one."""

    verb = forms.ChoiceField(label=gettext_lazy("Change"), choices=SCOPE_VERBS)
    scope = forms.ChoiceField(label=gettext_lazy("Scope"), required=False)
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=255,
        help_text=gettext_lazy("Of a new scope, or the new name of one."),
    )
    is_default = forms.BooleanField(
        label=gettext_lazy("A new one is granted when none is asked for"), required=False
    )

    def __init__(self, run: WhatIfRun, *args: Any) -> None:
        super().__init__(run, *args)
        rows = Scope.objects.filter(server=run.server_id).order_by("name").values_list("pk", "name")
        self.fields["scope"].choices = [("", _("a new one")), *rows]  # type: ignore[attr-defined]

    def edit(self) -> dict[str, Any]:
        """As a draft holds it."""
        given = self.cleaned_data
        wanted = {of.ADD: ("name", "is_default"), of.RENAME: ("scope", "name")}
        names = wanted.get(given["verb"], ("scope",))
        return {"verb": given["verb"], **{name: given[name] for name in names}}


class AssignmentEditForm(TypedNames, EditForm):
    """Who is assigned to which client."""

    verb = forms.ChoiceField(label=gettext_lazy("Change"), choices=PEOPLE_VERBS)
    client = forms.CharField(
        label=gettext_lazy("Client"),
        max_length=255,
        help_text=gettext_lazy("A name, a client ID, or an id."),
    )
    user = forms.CharField(
        label=gettext_lazy("User"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("A login; or else a group."),
    )
    group = forms.CharField(
        label=gettext_lazy("Group"),
        required=False,
        max_length=255,
        help_text=gettext_lazy("A name."),
    )

    def __init__(self, run: WhatIfRun, *args: Any) -> None:
        super().__init__(run, *args)
        if run.client is not None:
            self.fields["client"].initial = run.client.client_id
        for name in ("client", "user"):
            offers = {"data-typed": reverse("admin:typed", args=[name]), "autocomplete": "off"}
            self.fields[name].widget.attrs |= offers

    def clean_group(self) -> str:
        """The id of the group that the name or id names."""
        words = self.cleaned_data["group"].strip()
        if not words:
            return ""
        found = Group.objects.filter(Q(pk=words) | Q(name=words)).first()
        if found is None:
            raise forms.ValidationError(_("There is no such group."))
        return str(found.pk)

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        given = self.cleaned_data
        if not self.errors and bool(given["user"]) is bool(given["group"]):
            self.add_error("user", _("Name a user or a group."))
        return given

    def edit(self) -> dict[str, Any]:
        """As a draft holds it."""
        return {name: self.cleaned_data[name] for name in ("verb", "client", "user", "group")}


def edit_page(request: HttpRequest, object_id: str, run_id: str, what: str) -> HttpResponse:
    """The form of a change of a scope or of an assignment."""
    run = run_or_404(request, object_id, run_id)
    if what not in (("scope", "assignment") if run.server_id else ("assignment",)):
        raise Http404
    made: type[EditForm] = ScopeEditForm if what == "scope" else AssignmentEditForm
    form: Any = made(run, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _written(request, run, form):
        return HttpResponseRedirect(run_url(run))
    head = run_head(run)
    title = _("Change of a scope") if what == "scope" else _("Change of an assignment")
    crumbs = [*head["crumbs"], {"label": title}]
    crumbs[-2]["href"] = run_url(run)
    whole: Any = [(None, {"fields": tuple(form.fields)})]
    context = {
        "form": form,
        "parts": AdminForm(form, whole, {}),
        "media": form.media,
        "is_open": may_draft(request, run.subject),
        "back": run_url(run),
    }
    page = {**head["page"], "title": title}
    full = {**head, "crumbs": crumbs, "page": page, "title": title, **context}
    return render(request, "admin/server/whatif_form.html", full)


def _written(request: HttpRequest, run: WhatIfRun, form: Any) -> bool:
    edit = form.edit()
    allow_clients(request, [edit])
    try:
        write_edits(run_id=run.pk, edits=[*run.edits, edit])
    except InvalidError as error:
        own = (replace(one, field=one.field.rpartition(".")[2]) for one in error.problems)
        form.add_problems(InvalidError(*own))
        return False
    return True
