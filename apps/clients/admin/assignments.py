"""Who is assigned to a client (R6): users and groups, each for a time that may begin and end."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.clients import services
from apps.clients.admin.page import CLIENT
from apps.clients.forms import AssignGroupForm, AssignUserForm
from apps.clients.models import Client, GroupAssignment, UserAssignment
from apps.clients.services.assignments import is_in_force
from apps.directory.models import Group, User
from apps.systemlog.admin.parts import (
    action,
    badge,
    change_url,
    link,
    moment,
    part_url,
    post_action,
    table,
)
from apps.systemlog.admin.service import ServiceAdmin, actor_of, attempt

SHOWN = 200
COLUMNS = (gettext_lazy("Holds"), gettext_lazy("From"), gettext_lazy("Until"), "")


def show_assignments(admin: ServiceAdmin, request: HttpRequest, client: Client) -> HttpResponse:
    """The tab, and what its forms and buttons post."""
    posted = request.POST.get("form", "")
    users = AssignUserForm(
        request.POST if posted == "user" else None, initial=_initial(request, client)
    )
    groups = AssignGroupForm(
        request.POST if posted == "group" else None,
        initial=_initial(request, client),
        auto_id="id_group_%s",
    )
    if request.method == "POST":
        bound = {"user": users, "group": groups}.get(posted)
        if bound is None or bound.is_valid():
            _change(request, client, bound)
            return HttpResponseRedirect(request.path)
    may_change = admin.may_change(request, client)
    sections = [_users(client, may_change), _groups(client, may_change)]
    if may_change:
        sections[0] |= {"form": users, "name": "user", "submit": _("Assign user")}
        sections[1] |= {"form": groups, "name": "group", "submit": _("Assign group")}
    sections[0]["actions"] = [action(_("Drafts"), part_url(CLIENT, client.pk, "whatif"))]
    media = users.media + groups.media if may_change else None
    return admin.shell(request, client, "assignments", sections=sections, media=media)


def _initial(request: HttpRequest, client: Client) -> dict[str, Any]:
    """The assignment whose dates are to be changed, by `?user=` or `?group=`."""
    wanted = {name: request.GET[name] for name in ("user", "group") if name in request.GET}
    if "user" in wanted:
        row: Any = UserAssignment.objects.filter(client=client, user=wanted["user"])
    elif "group" in wanted:
        row = GroupAssignment.objects.filter(client=client, group=wanted["group"])
    else:
        return {}
    dates = row.values("valid_from", "valid_until").first() or {}
    return {**wanted, **dates}


def _change(request: HttpRequest, client: Client, form: Any) -> None:
    actor = actor_of(request)
    if form is None:
        _remove(request, client)
    elif isinstance(form, AssignUserForm):
        user = form.cleaned_data["user"]
        row = UserAssignment.objects.filter(client=client, user=user).first()
        attempt(
            request,
            lambda: (
                services.update_user_assignment(actor=actor, assignment=row, **form.window)
                if row
                else services.assign_user(actor=actor, client=client, user=user, **form.window)
            ),
            _("%(user)s is assigned to %(client)s.") % {"user": user, "client": client},
        )
    else:
        _assign_group(request, client, form)


def _assign_group(request: HttpRequest, client: Client, form: AssignGroupForm) -> None:
    actor, group = actor_of(request), form.cleaned_data["group"]
    row = GroupAssignment.objects.filter(client=client, group=group).first()
    attempt(
        request,
        lambda: (
            services.update_group_assignment(actor=actor, assignment=row, **form.window)
            if row
            else services.assign_group(actor=actor, client=client, group=group, **form.window)
        ),
        _("%(group)s is assigned to %(client)s.") % {"group": group, "client": client},
    )


def _remove(request: HttpRequest, client: Client) -> None:
    actor = actor_of(request)
    user = User.objects.filter(pk=request.POST.get("remove_user", "")).first()
    group = Group.objects.filter(pk=request.POST.get("remove_group", "")).first()
    if user is not None:
        attempt(
            request,
            lambda: services.unassign_user(actor=actor, client=client, user=user),
            (
                _(
                    "%(user)s is no longer assigned directly; tokens that stood on it alone have "
                    "ended."
                )
                % {"user": user}
            ),
        )
    elif group is not None:
        attempt(
            request,
            lambda: services.unassign_group(actor=actor, client=client, group=group),
            (
                _("%(group)s is no longer assigned; tokens that stood on it alone have ended.")
                % {"group": group}
            ),
        )


def _users(client: Client, may_change: bool) -> dict[str, Any]:
    found = client.user_assignments.select_related("user").order_by("user__login")[:SHOWN]
    rows = [
        [link(str(row.user), change_url("directory.User", row.user_id))]
        + _window(client, row, f"user={row.user_id}", may_change, remove_user=row.user_id)
        for row in found
    ]
    empty = {"title": _("Nobody is assigned directly")}
    return {"heading": _("Users"), "table": table((_("User"), *COLUMNS), rows, empty=empty)}


def _groups(client: Client, may_change: bool) -> dict[str, Any]:
    found = client.group_assignments.select_related("group").order_by("group__name")[:SHOWN]
    rows = [
        [link(str(row.group), change_url("directory.Group", row.group_id))]
        + _window(client, row, f"group={row.group_id}", may_change, remove_group=row.group_id)
        for row in found
    ]
    empty = {"title": _("No group is assigned")}
    return {
        "heading": _("Groups"),
        "hint": _("A group assigns all its members. A user needs one path to get tokens."),
        "table": table((_("Group"), *COLUMNS), rows, empty=empty),
    }


def _window(
    client: Client, row: Any, query: str, may_change: bool, **remove: str
) -> list[dict[str, Any]]:
    url = part_url(CLIENT, client.pk, "assignments")
    holds = is_in_force(row, timezone.now())
    buttons = [
        action(_("Dates"), f"{url}?{query}", size="small"),
        post_action(_("Remove"), url, size="small", **remove),
    ]
    return [
        {"badge": badge(_("Now"), "success") if holds else badge(_("Not now"))},
        {"text": moment(row.valid_from)},
        {"text": moment(row.valid_until)},
        {"actions": buttons if may_change else []},
    ]
