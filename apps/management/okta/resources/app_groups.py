"""`/api/v1/apps/{id}/groups`: groups whose members are assigned.

Okta's `priority` and `profile` decide what an account at the application gets of several groups;
there are no such accounts here, so both are accepted and without effect.
"""

from typing import Any, Final

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import GroupAssignment
from apps.clients.services import assign_group, unassign_group
from apps.directory.models import Group
from apps.management.okta.base import OktaView
from apps.management.okta.faults import invalid, missing
from apps.management.okta.paging import PAGING, Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.app_rows import BASE, app_named, changeable
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import Moment, Shape, href, link, read
from apps.management.parsers import parse_json
from apps.management.respond import answer, no_content
from apps.management.views.base import actor_of
from apps.systemlog.render import in_milliseconds
from authzsite.domain.limits import MAX_JSON_BODY_LENGTH

KIND: Final = "ApplicationGroup"
PAGE: Final = Paging(("group_id",), default=20)
OPERATIONS: Final = frozenset({"add", "remove", "replace"})


class GroupAssignmentShape(Shape):
    """A group's assignment."""

    id = serializers.CharField(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815 - the wire's names
    priority = serializers.IntegerField(read_only=True, allow_null=True)
    profile = serializers.DictField(read_only=True)
    _links = serializers.DictField(read_only=True)


class PatchShape(Shape):
    """One operation of a JSON Patch (RFC 6902)."""

    op = serializers.ChoiceField(choices=sorted(OPERATIONS))
    path = serializers.CharField()
    value = serializers.JSONField(required=False)


def assignment_shown(row: GroupAssignment) -> dict[str, Any]:
    """The assignment as the wire has it."""
    address = href(BASE, row.client_id, "groups", row.group_id)
    return {
        "id": row.group_id,
        "lastUpdated": in_milliseconds(row.created),
        "priority": None,
        "profile": {},
        "_links": {
            "self": link(address, "GET", "PUT", "DELETE"),
            "app": link(href(BASE, row.client_id), "GET"),
            "group": link(href("groups", row.group_id), "GET"),
        },
    }


def assignment_of(app_id: str, group_id: str) -> GroupAssignment:
    """The group's assignment, or 404."""
    rows = GroupAssignment.objects.select_related("group")
    row = rows.filter(client=app_named(app_id), group=group_id).first()
    if row is None:
        raise missing(group_id, KIND)
    return row


class AppGroupsView(OktaView):
    """The assigned groups."""

    @documented(
        "listApplicationGroupAssignments",
        "List the groups of an application",
        gives=GroupAssignmentShape(many=True),
        parameters=[query("q", "The beginning of the name."), *PAGES],
    )
    def get(self, request: Request, app_id: str) -> HttpResponse:
        found = GroupAssignment.objects.filter(client=app_named(app_id))
        if q := parameters(request, *PAGING, "q").get("q"):
            found = found.filter(group__name__istartswith=q)
        return listed(request, found, PAGE, assignment_shown, "q")


class AppGroupView(OktaView):
    """One assigned group."""

    @documented(
        "getApplicationGroupAssignment", "Read a group's assignment", gives=GroupAssignmentShape
    )
    def get(self, request: Request, app_id: str, group_id: str) -> HttpResponse:
        parameters(request)
        return answer(assignment_shown(assignment_of(app_id, group_id)))

    @documented(
        "assignGroupToApplication",
        "Assign a group to an application; the body may be empty",
        takes=GroupAssignmentShape,
        gives=GroupAssignmentShape,
    )
    def put(self, request: Request, app_id: str, group_id: str) -> HttpResponse:
        parameters(request)
        app = changeable(app_id)
        read(GroupAssignmentShape, request, optional=True)
        group = Group.objects.filter(pk=group_id).first()
        if group is None:
            raise missing(group_id, "UserGroup")
        row = assign_group(actor=actor_of(request), client=app, group=group)
        return answer(assignment_shown(row))

    @documented(
        "updateGroupAssignmentToApplication",
        "Change priority or profile of a group's assignment: without effect",
        takes=PatchShape(many=True),
        gives=GroupAssignmentShape,
    )
    def patch(self, request: Request, app_id: str, group_id: str) -> HttpResponse:
        parameters(request)
        changeable(app_id)
        row = assignment_of(app_id, group_id)
        _check_patch(request)
        return answer(assignment_shown(row))

    @documented(
        "unassignApplicationFromGroup",
        "End a group's assignment, and the tokens that stand on it alone",
        status=204,
        is_change=True,
    )
    def delete(self, request: Request, app_id: str, group_id: str) -> HttpResponse:
        parameters(request)
        app, row = changeable(app_id), assignment_of(app_id, group_id)
        unassign_group(actor=actor_of(request), client=app, group=row.group)
        return no_content()


def _check_patch(request: Request) -> None:
    """A JSON Patch is a list, unlike every other body."""
    if len(request._request.body) > MAX_JSON_BODY_LENGTH:
        raise invalid("body", "is too long")
    operations = parse_json(request._request.body)
    serializer = PatchShape(data=operations, many=True)
    if not isinstance(operations, list):
        raise invalid("body", "must be a list of operations")
    serializer.is_valid(raise_exception=True)
