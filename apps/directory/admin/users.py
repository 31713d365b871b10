"""Users in the console."""

from collections.abc import Callable
from functools import partial
from secrets import token_urlsafe
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.directory.admin.group_pick import GroupPick
from apps.directory.admin.statuses import BY_NAME, IN_BULK, OF_HELP_DESK, VERBS, possible
from apps.directory.forms import JoinForm, NewUserForm, PasswordForm, UserForm
from apps.directory.models import Group, User
from apps.directory.roles import REVOKE, ROLES, may_help, role_named, role_of
from apps.directory.selectors import users_groups
from apps.directory.services import add_member, delete_user, remove_member, set_password
from apps.systemlog.admin.actions import bulk_action, bulk_form
from apps.systemlog.admin.confirm import ask, beside, is_confirmed
from apps.systemlog.admin.parts import (
    Words,
    action,
    badge_html,
    change_url,
    chip,
    link,
    list_url,
    part_url,
    post_action,
    revoke_action,
    state,
    table,
    text,
    try_action,
)
from apps.systemlog.admin.service import ServiceAdmin, actor_of, attempt
from apps.systemlog.entries import Actor

USER = "directory.User"
FIELDS_OF_PASSWORD = [("form", "password")]
TABS = (
    ("profile", gettext_lazy("Profile"), "change"),
    ("groups", gettext_lazy("Groups"), "groups"),
    ("clients", gettext_lazy("Clients"), "clients"),
    ("tokens", gettext_lazy("Tokens"), ""),
    ("password", gettext_lazy("Password"), "password"),
    ("history", gettext_lazy("History"), "history"),
)


class RoleFilter(admin.SimpleListFilter):
    """What they may do in the console."""

    title, parameter_name = gettext_lazy("console"), "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The roles that there are."""
        return [(role.name, role.title) for role in ROLES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Who has the role; an unknown one is no filter."""
        role = role_named(self.value() or "")
        return queryset.filter(**role.flags) if role else queryset


@admin.register(User)
class UserAdmin(ServiceAdmin):
    """People: who they are, what state they are in, which groups hold them."""

    form = UserForm
    list_display = ("login", "display_name", "email", "state", "role")
    list_filter = ("status", RoleFilter)
    found_exactly = ("id", "login", "email")
    found_by_beginning = ("login", "email", "first_name", "last_name")
    full_name = ("first_name", "last_name")
    search_help_text = gettext_lazy(
        "The beginning of a login, an address or a name; = for the whole, or an id."
    )
    ordering = ("login",)
    sortable_by = ("login", "email")
    served = ("status__exact",)
    never_narrow = (RoleFilter.parameter_name,)  # an index holds administrators alone
    actions = [
        bulk_action(
            f"{verb.name}_users",
            IN_BULK[verb.name][0],
            lambda actor, user, verb=verb: verb.run(actor, user),  # type: ignore[misc]
            done=IN_BULK[verb.name][1],
            warning=verb.warning,
        )
        for verb in VERBS
        if verb.name in IN_BULK
    ] + [
        bulk_form(
            "add_users_to_group",
            gettext_lazy("Add users to a group"),
            GroupPick,
            lambda actor, user, said: add_member(actor=actor, user=user, **said),
            done=gettext_lazy("users are in the group"),
            body=gettext_lazy("They get what the group is assigned to, and what rules give to it."),
        )
    ]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """A new user has more to be said about."""
        return super().get_form(
            request, obj, change=change, form=UserForm if obj else NewUserForm, **kwargs
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Person, then sign-in, then administration."""
        person = ("login", "email", ("first_name", "last_name"))
        start = ("password", "activate", "groups")
        parts: list[Any] = [(None, {"fields": person})]
        if obj is None:
            parts.append((_("Start"), {"fields": start}))
        return [*parts, (None, {"fields": ("profile",)}), (_("Console"), {"fields": ("role",)})]

    def remove(self, actor: Actor, obj: Any) -> None:
        """For good; the id is never used again."""
        delete_user(actor=actor, user=obj)

    def row_pages(self) -> dict[str, Callable[..., HttpResponse]]:
        """Groups and password; `get_urls` has the changes of status."""
        return {"groups": self.groups, "password": self.password}

    def get_urls(self) -> list[URLPattern]:
        """One address for each change of status, which has a name in common."""
        status = self.admin_site.admin_view(self.status)
        url = path("<str:object_id>/status/<slug:verb>/", status, name="directory_user_status")
        return [url, *super().get_urls()]

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Name and status, login and id, and what may be done now."""
        verbs = [verb for verb in possible(obj) if self._may(request, obj, verb.name)]
        actions = [_status_action(obj, verb) for verb in verbs]
        if request.user.has_perm(REVOKE):
            actions.insert(0, revoke_action(user=obj.pk))
        page = {
            "title": obj.display_name,
            "status": state(obj.status, obj.get_status_display()),
            "facts": [[text(_("login ")), chip(obj.login)], [text(_("id ")), chip(obj.pk)]],
            "actions": [try_action(user=obj.pk), *actions],
        }
        tabs = [
            _tab(request, obj, *place)
            for place in TABS
            if place[0] != "password" or self.may_change(request)
        ]
        crumbs = [{"label": _("Users"), "href": list_url(USER)}, {"label": str(obj)}]
        return {"page": page, "crumbs": crumbs, "tabs": tabs}

    def groups(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The groups that hold the user; put in and take out."""
        user = self.found(request, object_id, change=request.method == "POST")
        form = JoinForm(request.POST if request.POST.get("form") == "join" else None)
        if request.method == "POST" and ("leave" in request.POST or form.is_valid()):
            _change_groups(request, user, form)
            return HttpResponseRedirect(request.path)
        may_change = self.may_change(request)
        section: dict[str, Any] = {"heading": _("Groups"), "table": _groups_table(user, may_change)}
        if may_change:
            section |= {"form": form, "name": "join", "submit": _("Add to groups")}
        return self.shell(request, user, "groups", sections=[section], media=form.media)

    def password(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give the user a password."""
        user = self.found(request, object_id, change=True)
        form = PasswordForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and form.perform(actor_of(request), user):
            messages.success(request, _("%(user)s has a new password.") % {"user": user})
            return HttpResponseRedirect(change_url(USER, user.pk))
        section = {
            "heading": _("Set a password"),
            "form": form,
            "name": "password",
            "submit": _("Set password"),
            "deliberate": beside(
                request,
                partial(_any_password, request, user),
                _("Set password"),
                FIELDS_OF_PASSWORD,
            ),
        }
        return self.shell(request, user, "password", sections=[section])

    def status(self, request: HttpRequest, object_id: str, verb: str) -> HttpResponse:
        """Change the status; ask first when that ends tokens."""
        user, change = self.found(request, object_id), BY_NAME.get(verb)
        if not self._may(request, user, verb):
            raise PermissionDenied
        if change is None:
            raise Http404
        back = change_url(USER, user.pk)
        if is_confirmed(request):
            done = _("%(user)s is %(done)s.") % {"user": user, "done": change.done}
            attempt(request, lambda: change.run(actor_of(request), user), done)
            return HttpResponseRedirect(back)
        return ask(
            request,
            title=_("%(verb)s %(name)s?") % {"verb": change.label, "name": user.display_name},
            body=change.warning
            or _("%(user)s will be %(done)s.") % {"user": user, "done": change.done},
            button=change.label,
            back=back,
            change=lambda: change.run(actor_of(request), User.objects.get(pk=user.pk)),
            crumbs=[
                {"label": _("Users"), "href": list_url(USER)},
                {"label": str(user), "href": back},
            ],
        )

    def _may(self, request: HttpRequest, user: User, verb: str) -> bool:
        """Whether this person may do that with the user: a help desk may help."""
        is_help = verb in OF_HELP_DESK and may_help(request.user, user)
        return is_help or self.may_change(request, user)

    @admin.display(description=gettext_lazy("Name"))
    def display_name(self, user: User) -> str:
        """As people call them."""
        return user.display_name

    @admin.display(description=gettext_lazy("Status"))
    def state(self, user: User) -> SafeString:
        """Where they are in their lifecycle."""
        return badge_html(user.status, user.get_status_display())

    @admin.display(description=gettext_lazy("Console"))
    def role(self, user: User) -> str:
        """What they may do here."""
        role = role_of(user)
        return str(role.title) if role else ""


def _any_password(request: HttpRequest, user: User) -> None:
    """What a new password ends doesn't hang on which one it is."""
    copy = User.objects.get(pk=user.pk)
    set_password(actor=actor_of(request), user=copy, password=token_urlsafe(24))


def _tab(request: HttpRequest, user: User, name: str, label: Words, part: str) -> dict[str, Any]:
    tokens = list_url("tokens.Grant", user_id=user.pk)
    href = part_url(USER, user.pk, part) if part else tokens
    is_current = request.path == href
    return {"name": name, "label": label, "href": href, "is_current": is_current, "count": None}


def _status_action(user: User, verb: Any) -> dict[str, Any]:
    url = reverse("admin:directory_user_status", args=[user.pk, verb.name])
    if verb.warning:
        return action(f"{verb.label}…", url)
    return post_action(verb.label, url, tone="primary", confirmed="1")


def _groups_table(user: User, may_change: bool) -> dict[str, Any]:
    built_in = set(Group.objects.filter(type=Group.Type.BUILT_IN).values_list("pk", flat=True))
    rows = []
    for pk, name in users_groups(user).items():
        cell: dict[str, Any] = {"text": _("holds everybody") if pk in built_in else ""}
        if may_change and pk not in built_in:
            leave = post_action(
                _("Remove"), part_url(USER, user.pk, "groups"), size="small", leave=pk
            )
            cell = {"actions": [leave]}
        rows.append([link(name, change_url("directory.Group", pk)), cell])
    return table((_("Group"), ""), rows)


def _change_groups(request: HttpRequest, user: User, form: JoinForm) -> None:
    actor = actor_of(request)
    if "leave" in request.POST:
        for group in Group.objects.filter(pk=request.POST["leave"]):
            change = partial(remove_member, actor=actor, group=group, user=user)
            attempt(
                request,
                change,
                _("%(user)s is no longer in %(group)s.") % {"user": user, "group": group},
            )
        return
    for group in form.cleaned_data["groups"]:
        join = partial(add_member, actor=actor, group=group, user=user)
        attempt(request, join, _("%(user)s is in %(group)s.") % {"user": user, "group": group})
