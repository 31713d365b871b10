"""`/api/v1/apps/{id}/users`: who is assigned, directly (scope USER) or through a
group (scope GROUP); only direct assignments are made and ended here."""

from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Least
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import Client, GroupAssignment, UserAssignment
from apps.clients.services import assign_user, unassign_user
from apps.directory.models import Group, GroupMembership, User
from apps.management.okta.base import OktaView
from apps.management.okta.faults import Fault, invalid, missing, sentence
from apps.management.okta.paging import PAGING, Paging, listed
from apps.management.okta.parameters import flag, parameters
from apps.management.okta.resources.app_rows import BASE, app_named, changeable
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import Moment, Shape, href, link, read
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Text
from apps.management.views.base import actor_of
from apps.systemlog.entries import Actor
from apps.systemlog.render import in_milliseconds
from apps.tokens import clock
from authzsite.domain.validation import InvalidError

KIND: Final = "AppUser"
PAGE: Final = Paging(("id",), default=50, most=500)
USER, GROUP = "USER", "GROUP"
ASSIGNMENT: Final = "group__client_assignments"  # of a membership's group


class AppUserShape(Shape):
    """An assignment. What Okta keeps of a user's account at the application (profile, credentials)
    is the user's own here: it is shown, and ignored when it is sent."""

    id = Text(required=False, allow_null=True)
    externalId = serializers.CharField(read_only=True, allow_null=True)  # noqa: N815 - wire's names
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815
    scope = serializers.ChoiceField(choices=(USER, GROUP), required=False, allow_null=True)
    status = serializers.ChoiceField(choices=("ACTIVE", "INACTIVE"), read_only=True)
    statusChanged = Moment(read_only=True)  # noqa: N815
    passwordChanged = Moment(read_only=True, allow_null=True)  # noqa: N815
    syncState = serializers.CharField(read_only=True)  # noqa: N815
    credentials = serializers.DictField(read_only=True)
    profile = serializers.DictField(read_only=True)
    _links = serializers.DictField(read_only=True)


def assigned(app: Client) -> "QuerySet[Any]":
    """The users of an application, each with when they were assigned directly and through a group,
    and whether some assignment is in force now (R6). What a row of a page costs follows from the
    user's own memberships, however many groups the application has."""
    now = clock.now()
    everyone = GroupAssignment.objects.filter(client=app, group__type=Group.Type.BUILT_IN).first()
    directly = UserAssignment.objects.filter(client=app, user=OuterRef("pk"))
    mine = GroupMembership.objects.filter(user=OuterRef("pk"))
    through = mine.filter(**{f"{ASSIGNMENT}__client": app}).order_by(f"{ASSIGNMENT}__created")
    grouped: Combinable = Subquery(through.values(f"{ASSIGNMENT}__created")[:1])
    by_group = mine.filter(_in_force(f"{ASSIGNMENT}__", now), **{f"{ASSIGNMENT}__client": app})
    in_force = Q(Exists(directly.filter(_in_force("", now)))) | Q(Exists(by_group))
    if everyone is not None:
        since = Value(everyone.created)
        grouped = Least(Coalesce(grouped, since), since)
        lasts = GroupAssignment.objects.filter(_in_force("", now), pk=everyone.pk)
        in_force |= Q(Exists(lasts))
    return _users(app, everyone).annotate(
        direct=Subquery(directly.values("created")[:1]), grouped=grouped, is_in_force=in_force
    )


def _in_force(prefix: str, now: datetime) -> Q:
    begun = Q(**{f"{prefix}valid_from": None}) | Q(**{f"{prefix}valid_from__lte": now})
    return begun & (Q(**{f"{prefix}valid_until": None}) | Q(**{f"{prefix}valid_until__gt": now}))


def _users(app: Client, everyone: GroupAssignment | None) -> QuerySet[User]:
    """All, where Everyone is assigned; else those that the two kinds of rows name, so that the cost
    is that of the assigned users and not of the directory."""
    if everyone is not None:
        return User.objects.all()
    directly = UserAssignment.objects.filter(client=app).values("user_id")
    members = GroupMembership.objects.filter(**{f"{ASSIGNMENT}__client": app})
    return User.objects.filter(pk__in=directly.union(members.values("user_id")))


def app_user_shown(user: Any, app_id: str) -> dict[str, Any]:
    """A user that `assigned` has read, as the wire has it."""
    since = in_milliseconds(user.direct or user.grouped)
    changed = user.password_changed
    return {
        "id": user.pk,
        "externalId": None,
        "created": since,
        "lastUpdated": since,
        "scope": USER if user.direct else GROUP,
        "status": "ACTIVE" if user.is_in_force else "INACTIVE",
        "statusChanged": since,
        "passwordChanged": in_milliseconds(changed) if changed else None,
        "syncState": "DISABLED",
        "credentials": {"userName": user.login},
        "profile": {},
        "_links": {
            "app": link(href(BASE, app_id), "GET"),
            "user": link(href("users", user.pk), "GET"),
        },
    }


def app_user(app: Client, user_id: str) -> Any:
    """The assigned user, or 404."""
    user = assigned(app).filter(pk=user_id).first()
    if user is None:
        raise missing(user_id, KIND)
    return user


def assign(actor: Actor, app: Client, user_id: str) -> None:
    """Assign a user directly. 404 for an unknown one, 403 for one who may not sign in."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise missing(user_id, "User")
    try:
        assign_user(actor=actor, client=app, user=user)
    except InvalidError as error:
        summary = "Cannot assign apps or update app profiles for an inactive user."
        raise Fault(403, "E0000117", summary, map(sentence, error.problems)) from None


class AppUsersView(OktaView):
    """The assigned users, and one more."""

    @documented(
        "listApplicationUsers",
        "List the users of an application",
        gives=AppUserShape(many=True),
        parameters=[query("q", "The beginning of the login, e-mail or name."), *PAGES],
    )
    def get(self, request: Request, app_id: str) -> HttpResponse:
        found = assigned(app_named(app_id))
        if q := parameters(request, *PAGING, "q").get("q"):
            begins = [
                Q(**{f"{name}__istartswith": q})
                for name in ("login", "email", "first_name", "last_name")
            ]
            found = found.filter(begins[0] | begins[1] | begins[2] | begins[3])
        return listed(request, found, PAGE, lambda user: app_user_shown(user, app_id), "q")

    @documented(
        "assignUserToApplication",
        "Assign a user to an application",
        takes=AppUserShape,
        gives=AppUserShape,
    )
    def post(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        app, given = changeable(app_id), read(AppUserShape, request)
        if not given.get("id"):
            raise invalid("id", "id: is required")
        assign(actor_of(request), app, given["id"])
        return answer(app_user_shown(app_user(app, given["id"]), app_id))


class AppUserView(OktaView):
    """One assigned user."""

    @documented("getApplicationUser", "Read a user's assignment", gives=AppUserShape)
    def get(self, request: Request, app_id: str, user_id: str) -> HttpResponse:
        parameters(request)
        return answer(app_user_shown(app_user(app_named(app_id), user_id), app_id))

    @documented(
        "updateApplicationUser",
        "Change a user's assignment: scope USER makes it a direct one",
        takes=AppUserShape,
        gives=AppUserShape,
    )
    def post(self, request: Request, app_id: str, user_id: str) -> HttpResponse:
        parameters(request)
        app = changeable(app_id)
        user, given = app_user(app, user_id), read(AppUserShape, request, optional=True)
        if given.get("scope") == USER and not user.direct:
            assign(actor_of(request), app, user_id)
        return answer(app_user_shown(app_user(app, user_id), app_id))

    @documented(
        "unassignUserFromApplication",
        "End a user's direct assignment, and the tokens that stand on it",
        status=204,
        parameters=[query("sendEmail", "Nothing is sent.", bool)],
        is_change=True,
    )
    def delete(self, request: Request, app_id: str, user_id: str) -> HttpResponse:
        flag(parameters(request, "sendEmail"), "sendEmail")
        app = changeable(app_id)
        user = app_user(app, user_id)
        if not user.direct:
            summary = "Deactivate application for user forbidden."
            raise Fault(403, "E0000046", summary, ("the user is assigned through a group",))
        unassign_user(actor=actor_of(request), client=app, user=user)
        return no_content()
