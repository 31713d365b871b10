"""Groups in the console."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.directory.forms import GroupForm, MembersForm
from apps.directory.models import Group, User
from apps.directory.selectors import members_of
from apps.directory.services import add_member, delete_group, remove_member
from apps.systemlog.admin.parts import (
    badge,
    badge_html,
    change_url,
    chip,
    link,
    list_url,
    part_url,
    post_action,
    state,
    table,
    text,
)
from apps.systemlog.admin.service import ServiceAdmin, actor_of, attempt
from apps.systemlog.entries import Actor

GROUP = "directory.Group"
MEMBERS_SHOWN = 100
MOST_COUNTED = 1000
SIZE = (
    "(SELECT COUNT(*) FROM (SELECT 1 FROM directory_groupmembership m "
    "WHERE m.group_id = directory_group.id LIMIT %s) counted)"
)
TABS = (("group", gettext_lazy("Group"), "change"), ("members", gettext_lazy("Members"), "members"))


@admin.register(Group)
class GroupAdmin(ServiceAdmin):
    """Named sets of users; Everyone is built in and can't be changed."""

    form = GroupForm
    fields = ("name", "description")
    list_display = ("name", "description", "members_count", "kind")
    found_exactly = ("id", "name")
    found_by_beginning = ("name",)
    search_help_text = gettext_lazy("The beginning of a name; = for the whole, or an id.")
    ordering = ("name",)
    sortable_by = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """With the number of members, counted so far as a list says it."""
        size = RawSQL(SIZE, (MOST_COUNTED + 1,))  # noqa: S611 - a constant text
        return super().get_queryset(request).annotate(size=size)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes Everyone."""
        is_fixed = obj is not None and obj.is_everyone
        return not is_fixed and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes Everyone."""
        is_fixed = obj is not None and obj.is_everyone
        return not is_fixed and super().has_delete_permission(request, obj)

    def remove(self, actor: Actor, obj: Any) -> None:
        """With memberships and assignments."""
        delete_group(actor=actor, group=obj)

    def consequences(self, obj: Any) -> list[dict[str, Any]]:
        """Who leaves it, and which clients lose it."""
        clients = obj.client_assignments.count()
        return [
            {"value": members_of(obj).count(), "label": _("members leave it")},
            {
                "value": clients,
                "label": _("clients are no longer assigned through it"),
                "hint": _("tokens that stand on it alone end") if clients else "",
            },
        ]

    def row_pages(self) -> dict[str, Callable[..., HttpResponse]]:
        """Its members."""
        return {"members": self.members}

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Name and kind."""
        page = {
            "title": obj.name,
            "status": badge(_("Built in"), "info") if obj.is_everyone else None,
            "facts": [[text(_("id ")), chip(obj.pk)]],
        }
        places = [*TABS, ("clients", _("Clients"), "clients"), ("history", _("History"), "history")]
        tabs = [
            {
                "name": name,
                "label": label,
                "href": part_url(GROUP, obj.pk, part),
                "is_current": request.path == part_url(GROUP, obj.pk, part),
                "count": None,
            }
            for name, label, part in places
        ]
        crumbs = [{"label": _("Groups"), "href": list_url(GROUP)}, {"label": obj.name}]
        return {"page": page, "crumbs": crumbs, "tabs": tabs}

    def members(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who is in it; put in and take out."""
        group = self.found(request, object_id, change=request.method == "POST")
        form = MembersForm(request.POST if request.POST.get("form") == "add" else None)
        if request.method == "POST" and ("remove" in request.POST or form.is_valid()):
            _change_members(request, group, form)
            return HttpResponseRedirect(request.get_full_path())
        is_open = self.may_change(request) and not group.is_everyone
        section = {**_members_section(request, group, is_open)}
        if is_open:
            section |= {"form": form, "name": "add", "submit": _("Add members")}
        return self.shell(request, group, "members", sections=[section], media=form.media)

    @admin.display(description=gettext_lazy("Members"))
    def members_count(self, group: Any) -> str:
        """How many; Everyone holds all without rows."""
        if group.is_everyone:
            return _("all users")
        return f"{MOST_COUNTED:,}+" if group.size > MOST_COUNTED else f"{group.size:,}"

    @admin.display(description=gettext_lazy("Kind"))
    def kind(self, group: Group) -> str | SafeString:
        """Built in or made here."""
        return badge_html("OPEN", _("Built in")) if group.is_everyone else ""


def _members_section(request: HttpRequest, group: Group, is_open: bool) -> dict[str, Any]:
    page = max(int(request.GET.get("p", "1")) if request.GET.get("p", "1").isdigit() else 1, 1)
    start = (page - 1) * MEMBERS_SHOWN
    found = list(members_of(group)[start : start + MEMBERS_SHOWN + 1])
    rows = [_member_row(group, user, is_open) for user in found[:MEMBERS_SHOWN]]
    section = {
        "heading": _("Members"),
        "hint": _("Every user is in it, without being put in.") if group.is_everyone else "",
        "table": table(
            (_("User"), _("Login"), _("Status"), ""), rows, empty={"title": _("Nobody is in it")}
        ),
    }
    if len(found) > MEMBERS_SHOWN:
        section["more"] = {"label": _("More members"), "href": f"?p={page + 1}"}
    return section


def _member_row(group: Group, user: User, is_open: bool) -> list[dict[str, Any]]:
    href = part_url(GROUP, group.pk, "members")
    remove = post_action(_("Remove"), href, size="small", remove=user.pk)
    return [
        link(user.display_name, change_url("directory.User", user.pk)),
        text(user.login),
        {"badge": state(user.status, user.get_status_display())},
        {"actions": [remove]} if is_open else text(""),
    ]


def _change_members(request: HttpRequest, group: Group, form: MembersForm) -> None:
    actor = actor_of(request)
    if "remove" in request.POST:
        user = User.objects.filter(pk=request.POST["remove"]).first()
        if user is not None:
            done = _("%(user)s is no longer in %(group)s.") % {"user": user, "group": group}
            attempt(request, lambda: remove_member(actor=actor, group=group, user=user), done)
        return
    users = list(form.cleaned_data["users"])

    def add() -> None:
        for user in users:
            add_member(actor=actor, group=group, user=user)

    about = {"count": len(users), "group": group}
    words = ngettext(
        "%(count)d user is in %(group)s.", "%(count)d users are in %(group)s.", len(users)
    )
    attempt(request, add, words % about)
