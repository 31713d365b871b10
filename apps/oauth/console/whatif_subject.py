"""Whose a draft is: a server, or a client whose assignments it changes."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.clients.admin.page import CLIENT, client_page
from apps.clients.models import Client
from apps.oauth.console.page import may_change, tab_crumbs
from apps.policies.models import WhatIfRun
from apps.servers.admin.page import server_head, tab_url
from apps.servers.models import AuthorizationServer
from apps.systemlog.admin.parts import Part, list_url, part_url

Subject = AuthorizationServer | Client


def run_url(run: WhatIfRun, part: str = "", *places: str) -> str:
    """The page of a run, or one below it."""
    name = "policies_whatif" if run.server_id else "clients_whatif"
    name = f"admin:{name}_{part}" if part else f"admin:{name}"
    return reverse(name, args=[run.subject.pk, run.pk, *places])


def drafts_url(subject: Subject) -> str:
    """The page that lists its drafts."""
    if isinstance(subject, Client):
        return part_url(CLIENT, subject.pk, "whatif")
    return tab_url(subject.pk, "whatif")


def home_url(subject: Subject) -> str:
    """Where what a draft changes is shown."""
    if isinstance(subject, Client):
        return part_url(CLIENT, subject.pk, "assignments")
    return tab_url(subject.pk, "policies")


def about(subject: Subject) -> dict[str, Any]:
    """By which member of a run it is its own."""
    return {"client": subject} if isinstance(subject, Client) else {"server": subject}


def may_draft(request: HttpRequest, subject: Subject) -> bool:
    """Whether this person may change it, and so draft changes of it. Whoever may look at it may
    look at drafts: all administrators may look at all servers and their decisions."""
    return may_change(request, type(subject), subject)


def head_of(request: HttpRequest, subject: Subject, buttons: list[Part]) -> dict[str, Any]:
    """Title, tabs and crumbs of the page that lists its drafts."""
    crumbs = crumbs_of(subject, _("Drafts"))
    if not isinstance(subject, Client):
        return {**server_head(subject, "policies", buttons), "crumbs": crumbs}
    found = client_page(request, subject, may_change=False)
    for one in found["tabs"]:
        one["is_current"] = one["name"] == "assignments"
    found["page"]["actions"] = buttons
    return {**found, "crumbs": crumbs}


def crumbs_of(subject: Subject, *rest: str) -> list[dict[str, str]]:
    """The way to its drafts, and further; the list of drafts is the first of `rest`."""
    if not isinstance(subject, Client):
        crumbs = tab_crumbs(subject, "policies", *rest)
    else:
        crumbs = [
            {"label": _("Clients"), "href": list_url(CLIENT)},
            {"label": subject.name, "href": home_url(subject)},
            *({"label": label} for label in rest),
        ]
    if len(rest) > 1:
        crumbs[-len(rest)]["href"] = drafts_url(subject)
    return crumbs
