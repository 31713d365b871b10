"""`/api/v1/apps`: OIDC applications."""

import re
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import ActiveStatus, Client, GroupAssignment, UserAssignment
from apps.clients.services import (
    activate_client,
    create_client,
    deactivate_client,
    delete_client,
    update_client,
)
from apps.directory.models import Group, User
from apps.management.okta.base import OktaView
from apps.management.okta.faults import Fault, invalid
from apps.management.okta.paging import PAGING, Paging, listed
from apps.management.okta.parameters import flag, parameters
from apps.management.okta.resources.app_fields import fields_of, settle_secret
from apps.management.okta.resources.app_rows import app_named, changeable
from apps.management.okta.resources.app_shapes import AppShape, app_shown
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import Shape, read
from apps.management.respond import answer, no_content
from apps.management.views.base import actor_of

PAGE: Final = Paging(("id",), default=20)
FILTER: Final = re.compile(r'(?P<name>[A-Za-z.]{1,20}) eq "(?P<value>[^"\\]{0,200})"')
CREDENTIALS: Final = "credentials.oauthClient"
SETTINGS: Final = "settings.oauthClient"


def filtered(text: str) -> Q:
    """The rows that a filter means; 400 for one that isn't known."""
    found = FILTER.fullmatch(text.strip())
    name, value = (found["name"], found["value"]) if found else ("", "")
    match name:
        case "status":
            return Q(status=value)
        case "id":
            return Q(pk=value)
        case "name":
            return Q() if value == "oidc_client" else Q(pk__in=())
        case "user.id":
            return Q(pk__in=_of_user(value))
        case "group.id":
            return Q(pk__in=GroupAssignment.objects.filter(group=value).values("client_id"))
    raise Fault(400, "E0000053", "Invalid filter", ("known: status, user.id, group.id, name, id",))


def _of_user(user_id: str) -> QuerySet[Any, Any]:
    """Those that a user is assigned to, directly or through a group: by the user's own rows, so
    that it costs what the user has and not what there is."""
    directly = UserAssignment.objects.filter(user=user_id).values("client_id")
    by_group = GroupAssignment.objects.filter(group__memberships__user=user_id).values("client_id")
    everyone = User.objects.filter(pk=user_id).values("pk")
    by_all = GroupAssignment.objects.filter(Exists(everyone), group__type=Group.Type.BUILT_IN)
    return directly.union(by_group, by_all.values("client_id"))


class AppsView(OktaView):
    """The list, and a new one."""

    shape = AppShape

    @documented(
        "listApplications",
        "List applications",
        gives=AppShape(many=True),
        parameters=[
            query("q", "The beginning of the label."),
            query("filter", '`status eq "ACTIVE"`, `user.id eq "…"` or `group.id eq "…"`.'),
            query("includeNonDeleted", "Nothing deleted is kept, so it changes nothing."),
            *PAGES,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        names = ("q", "filter", "includeNonDeleted")
        given = parameters(request, *PAGING, *names)
        flag(given, "includeNonDeleted")
        found: QuerySet[Client] = Client.objects.all()
        if q := given.get("q"):
            found = found.filter(name__istartswith=q)
        if text := given.get("filter"):
            found = found.filter(filtered(text))
        return listed(request, found, PAGE, app_shown, *names)

    @documented(
        "createApplication",
        "Create an application; its secret is in this answer and never again",
        takes=AppShape,
        gives=AppShape,
        parameters=[query("activate", "`false`: it begins INACTIVE.", bool)],
    )
    def post(self, request: Request) -> HttpResponse:
        activate = flag(parameters(request, "activate"), "activate", default=True)
        given = read(AppShape, request)
        kind = given.get("type") or Client.Type.WEB.value
        app, secret = create_client(
            actor=actor_of(request),
            type=kind,
            client_id=given.get("client_id") or "",
            secret=given.get("client_secret") or None,
            activate=activate,
            **fields_of(given, kind, None),
        )
        app.refresh_from_db()
        return answer(app_shown(app, secret))


class AppView(OktaView):
    """One application."""

    shape = AppShape

    @documented("getApplication", "Read an application", gives=AppShape)
    def get(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        return answer(app_shown(app_named(app_id)))

    @documented(
        "replaceApplication",
        "Replace an application",
        takes=AppShape,
        gives=AppShape,
        is_change=True,
    )
    def put(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        app = changeable(app_id)
        given = read(AppShape, request)
        refuse_other(f"{SETTINGS}.application_type", given.get("type"), app.type)
        refuse_other(f"{CREDENTIALS}.client_id", given.get("client_id"), app.client_id)
        with transaction.atomic():
            app = update_client(
                actor=actor_of(request), client=app, **fields_of(given, app.type, app)
            )
            secret = settle_secret(actor_of(request), app, given.get("client_secret"))
        app.refresh_from_db()
        return answer(app_shown(app, secret))

    @documented("deleteApplication", "Delete an INACTIVE application", status=204, is_change=True)
    def delete(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        app = changeable(app_id)
        if app.status == ActiveStatus.ACTIVE:
            raise Fault(403, "E0000056", "Delete application forbidden.", ("deactivate it first",))
        delete_client(actor=actor_of(request), client=app)
        return no_content()


def refuse_other(where: str, given: str | None, present: str) -> None:
    """Refuse to change what is for good; to repeat it is no change."""
    if given and given != present:
        raise invalid(where, f"{where}: cannot be changed")


class ActivateAppView(OktaView):
    """Let it be used again; its earlier tokens stay dead (R16)."""

    @documented("activateApplication", "Activate an application", gives=OpenApiTypes.OBJECT)
    def post(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        activate_client(actor=actor_of(request), client=changeable(app_id))
        return answer({})


class DeactivateAppView(OktaView):
    """Stop it, and end its tokens (R15)."""

    @documented(
        "deactivateApplication",
        "Deactivate an application",
        gives=OpenApiTypes.OBJECT,
        is_change=True,
    )
    def post(self, request: Request, app_id: str) -> HttpResponse:
        parameters(request)
        deactivate_client(actor=actor_of(request), client=changeable(app_id))
        return answer({})


class AppPolicyView(OktaView):
    """Okta's sign-on policy of an application, which its Terraform provider assigns after each
    change: there is one way to sign in here, so there is nothing to remember."""

    @documented("assignApplicationPolicy", "Assign a sign-on policy: without effect", status=204)
    def put(self, request: Request, app_id: str, policy_id: str) -> HttpResponse:
        parameters(request)
        changeable(app_id)
        return no_content()


class SignOnPolicyShape(Shape):
    """A policy of Okta's sign-in."""

    id = serializers.CharField(read_only=True)


class PoliciesView(OktaView):
    """Policies of Okta's sign-in, which the same provider looks for: there are none."""

    @documented(
        "listPolicies",
        "List sign-on policies: none",
        gives=SignOnPolicyShape(many=True),
        parameters=[query("type", "`ACCESS_POLICY`"), query("status", ""), *PAGES],
    )
    def get(self, request: Request) -> HttpResponse:
        given = parameters(request, *PAGING, "type", "status")
        if given.get("type") != "ACCESS_POLICY":
            raise invalid("type", "type: must be ACCESS_POLICY")
        found: list[Any] = []
        return answer(found)
