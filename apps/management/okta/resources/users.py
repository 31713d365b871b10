"""`/api/v1/users`: the list, a new one, and one of them."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import Model, Q
from django.http import HttpResponse
from rest_framework.request import Request

from apps.directory.models import Group, Status, User
from apps.directory.rows import lock
from apps.directory.services import (
    create_user,
    deactivate_user,
    delete_user,
    expire_password,
    set_password,
    update_user,
)
from apps.management.okta.base import OktaView
from apps.management.okta.callers import ApiKey
from apps.management.okta.faults import invalid, missing
from apps.management.okta.paging import PAGING, listed
from apps.management.okta.parameters import flag, parameters
from apps.management.okta.privileges import check_may_change
from apps.management.okta.profiles import merged, replaced
from apps.management.okta.resources.user_lists import FILTERS, SORTED, found_users, order_of
from apps.management.okta.resources.user_shapes import (
    ChangedUserShape,
    NewUserShape,
    UserShape,
    shown,
)
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import read
from apps.management.respond import answer, no_content
from apps.management.views.base import actor_of

KIND: Final = "User"
CREATE: Final = ("activate", "provider", "nextLogin", "sendEmail")


def user_named(request: Request, user_id: str) -> User:
    """The user of this id or login, or the caller for `me`; else 404."""
    if user_id == "me":
        found = request.auth.owner if isinstance(request.auth, ApiKey) else None
    else:
        # One statement: an id is no login unless somebody chose it, and then the id wins.
        rows = User.objects.filter(Q(pk=user_id) | Q(login=user_id))
        found = min(rows, key=lambda row: row.pk != user_id, default=None)
    if found is None:
        raise missing(user_id, KIND)
    return found


class UserAddressView(OktaView):
    """What lies at one user's address."""

    shape = UserShape

    def locked_row(self) -> Model | None:
        """The user."""
        return user_named(self.request, self.kwargs["user_id"])

    def changed_user(self, request: Request, user_id: str) -> User:
        """The user, whom the caller may change; else 404, or 403 (row 260)."""
        user = user_named(request, user_id)
        check_may_change(request, user)
        return user


class UsersView(OktaView):
    """The list, and a new one."""

    shape = UserShape

    @documented(
        "listUsers",
        "List users",
        gives=UserShape(many=True),
        parameters=[
            query("q", "The beginning of first name, last name or e-mail address."),
            query("filter", "A SCIM filter; without it, deactivated users are left out."),
            query("search", "A SCIM filter over any attribute."),
            query("sortBy", f"One of {', '.join(SORTED)}."),
            query("sortOrder", "`asc` or `desc`."),
            *PAGES,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        given = parameters(request, *PAGING, *FILTERS)
        return listed(request, found_users(given), order_of(given), shown, *FILTERS)

    @documented(
        "createUser",
        "Create a user",
        takes=NewUserShape,
        gives=UserShape,
        parameters=[
            query("activate", "`false`: STAGED."),
            query("provider", "Only `false`: all sign in here."),
            query("nextLogin", "`changePassword`: the password has to be changed."),
            query("sendEmail", "No mail is sent, whatever it says."),
        ],
    )
    def post(self, request: Request) -> HttpResponse:
        given = parameters(request, *CREATE)
        body = read(NewUserShape, request)
        must_change = _must_change(given)
        if flag(given, "provider"):
            raise invalid("provider", "must be false: there are no other providers")
        password = _password_in(body)
        with transaction.atomic():
            user = create_user(
                actor=actor_of(request),
                password=password,
                activate=flag(given, "activate", default=True),
                groups=_groups(request, body.get("groupIds", ())),
                **replaced(body["profile"]),
            )
            if must_change and user.status == Status.ACTIVE:
                user = expire_password(actor=actor_of(request), user=user)
        return answer(shown(user))


class UserView(UserAddressView):
    """One user, by id, by login, or `me`."""

    @documented("getUser", "Read a user", gives=UserShape)
    def get(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request)
        return answer(shown(user_named(request, user_id)))

    @documented(
        "updateUser",
        "Change what is given of a user",
        takes=ChangedUserShape,
        gives=UserShape,
        parameters=[query("strict", "Has no meaning here.")],
        is_change=True,
    )
    def post(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request, "strict")
        return self._change_user(request, user_id, read(ChangedUserShape, request), merges=True)

    @documented(
        "replaceUser",
        "Replace a user's profile",
        takes=UserShape,
        gives=UserShape,
        parameters=[query("strict", "Has no meaning here.")],
        is_change=True,
    )
    def put(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request, "strict")
        return self._change_user(request, user_id, read(UserShape, request), merges=False)

    def _change_user(
        self, request: Request, user_id: str, body: dict[str, Any], *, merges: bool
    ) -> HttpResponse:
        user, actor = self.changed_user(request, user_id), actor_of(request)
        with transaction.atomic():
            row = lock(user)
            if "profile" in body:
                profile = body["profile"]
                fields = merged(row, profile) if merges else replaced(profile)
                row = update_user(actor=actor, user=row, **fields)
            if (password := _password_in(body)) is not None:
                row = set_password(actor=actor, user=row, password=password)
        return answer(shown(row))

    @documented(
        "deleteUser",
        "Deactivate a user; delete one who is deactivated",
        status=204,
        parameters=[query("sendEmail", "No mail is sent, whatever it says.")],
        is_change=True,
    )
    def delete(self, request: Request, user_id: str) -> HttpResponse:
        parameters(request, "sendEmail")
        user, actor = self.changed_user(request, user_id), actor_of(request)
        end = delete_user if user.status == Status.DEPROVISIONED else deactivate_user
        end(actor=actor, user=user)
        return no_content()


def _must_change(given: dict[str, str]) -> bool:
    if given.get("nextLogin", "changePassword") != "changePassword":
        raise invalid("nextLogin", "must be changePassword")
    return "nextLogin" in given


def _password_in(body: dict[str, Any]) -> str | None:
    password = ((body.get("credentials") or {}).get("password") or {}).get("value")
    return password or None


def _groups(request: Request, ids: Sequence[str]) -> list[Group]:
    """The groups of these ids; Everyone, in which everybody is, is no news."""
    wanted = list(dict.fromkeys(ids))
    rows = Group.objects.in_bulk(wanted)
    if unknown := [one for one in wanted if one not in rows]:
        raise invalid("groupIds", f"{unknown[0][:100]} does not exist")
    found = [rows[one] for one in wanted if not rows[one].is_everyone]
    for group in found:
        check_may_change(request, group)
    return found
