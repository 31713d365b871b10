"""A draft's changes of scopes and of assignments: how they are told, and whose they may be."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.directory.models import Group, User
from apps.oauth.console.page import may_change
from apps.oauth.console.typed import client_names_of
from apps.oauth.console.whatif_subject import run_url
from apps.policies.models import WhatIfRun
from apps.policies.services import draft_edits as of
from apps.policies.services.draft_edits import Edit
from apps.servers.models import Scope
from apps.systemlog.admin.parts import Part, action, post_action


def edits_context(run: WhatIfRun, is_open: bool) -> dict[str, Any]:
    """Members of `admin/server/whatif_edits.html`; `is_open`: it may be changed."""
    url, told = run_url(run), told_edits(run)
    levers: list[Part | None] = [None] * len(told)
    if is_open:
        label = _("Leave out")
        levers = [
            post_action(label, url, size="small", verb="leave_out", edit=str(place))
            for place in range(len(told))
        ]
    ways = [("scope", _("Change a scope")), ("assignment", _("Change an assignment"))]
    ways = ways if run.server_id else ways[1:]
    return {
        "edits": [
            {"text": text, "action": lever} for text, lever in zip(told, levers, strict=True)
        ],
        "new_edits": [action(label, run_url(run, "edit", what)) for what, label in ways]
        if is_open
        else [],
    }


def allow_clients(request: HttpRequest, edits: list[Any]) -> None:
    """403 for who may change the server, and not a client whose assignments the edits change."""
    wanted = of.clients_in(edits)
    rows = Client.objects.filter(pk__in=wanted)
    if not all(may_change(request, Client, row) for row in rows):
        raise PermissionDenied


def without(run: WhatIfRun, place: str) -> list[Any]:
    """The draft's edits but this one."""
    if not place.isdecimal() or int(place) >= len(run.edits):
        raise Http404
    return [one for at, one in enumerate(run.edits) if at != int(place)]


def told_edits(run: WhatIfRun) -> list[str]:
    """Each as a sentence, in order. Five statements, however many there are."""
    scopes = Scope.objects.filter(server=run.server_id).values_list("pk", "name")
    groups = Group.objects.filter(pk__in=of.named(run.edits, "group")).values_list("pk", "name")
    users = User.objects.filter(pk__in=of.named(run.edits, "user")).values_list("pk", "login")
    clients = client_names_of(of.clients_in(run.edits))
    names = {**dict(scopes), **dict(groups), **dict(users), **clients}
    return [_told(edit, names) for edit in run.edits]


def _told(edit: Edit, names: dict[str, str]) -> str:
    if edit["verb"] in of.OF_PEOPLE:
        return _told_assignment(edit, names)
    known = edit.get("scope", "")
    words = {"scope": names.get(known, known), "name": edit.get("name", "")}
    sentences = {
        of.ADD: _("Add the scope %(name)s"),
        of.REMOVE: _("Remove the scope %(scope)s"),
        of.RENAME: _("Rename the scope %(scope)s to %(name)s"),
        of.DEFAULT: _("Grant %(scope)s when no scope is asked for"),
        of.NOT_DEFAULT: _("Grant %(scope)s only when it is asked for"),
    }
    default = edit["verb"] == of.ADD and edit["is_default"]
    more = _(", granted when none is asked for") if default else ""
    return sentences[edit["verb"]] % words + more


def _told_assignment(edit: Edit, names: dict[str, str]) -> str:
    who, client = edit["user"] or edit["group"], edit["client"]
    words = {"who": names.get(who, who), "client": names.get(client, client)}
    if edit["verb"] == of.ASSIGN:
        return _("Assign %(who)s to %(client)s") % words
    return _("End the assignment of %(who)s to %(client)s") % words
