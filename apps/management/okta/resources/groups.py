"""`/api/v1/groups`."""

from typing import Any, Final

from django.db.models import Model, Q
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.directory.models import Group
from apps.directory.services import create_group, delete_group, update_group
from apps.management.okta.base import OktaView
from apps.management.okta.columns import Columns, filtered
from apps.management.okta.faults import Fault, invalid, missing
from apps.management.okta.paging import PAGING, Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.privileges import check_may_change
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import Moment, Shape, href, link, read
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Text
from apps.management.views.base import actor_of
from apps.systemlog.render import in_milliseconds

KIND: Final = "UserGroup"
BASE: Final = "groups"
MOST: Final = 10_000
SORTED: Final[dict[str, tuple[str, ...]]] = {
    "id": ("id",),
    "created": ("created", "id"),
    "lastUpdated": ("last_updated", "id"),
    "profile.name": ("name",),
}
COLUMNS: Final = Columns(
    texts={
        "id": "id",
        "type": "type",
        "profile.name": "name",
        "profile.description": "description",
    },
    moments={
        "created": "created",
        "lastupdated": "last_updated",
        "lastmembershipupdated": "last_membership_updated",
    },
)
FILTERS: Final = ("q", "filter", "search", "sortBy", "sortOrder")


class GroupProfileShape(Shape):
    """`profile`."""

    name = Text()
    description = Text(default="", allow_null=True)


class GroupShape(Shape):
    """A group of users."""

    id = serializers.CharField(read_only=True)
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815 - the wire's names
    lastMembershipUpdated = Moment(read_only=True)  # noqa: N815
    objectClass = serializers.ListField(child=serializers.CharField(), read_only=True)  # noqa: N815
    type = serializers.ChoiceField(choices=Group.Type.choices, read_only=True)
    profile = GroupProfileShape()
    _links = serializers.DictField(read_only=True)


def fields_of(request: Request) -> dict[str, str]:
    """The body as fields of the services."""
    profile = read(GroupShape, request)["profile"]
    return {"name": profile["name"], "description": profile["description"] or ""}


def shown(group: Group) -> dict[str, Any]:
    """The group as the wire has it."""
    at = href(BASE, group.pk)
    return {
        "id": group.pk,
        "created": in_milliseconds(group.created),
        "lastUpdated": in_milliseconds(group.last_updated),
        "lastMembershipUpdated": in_milliseconds(group.last_membership_updated or group.created),
        "objectClass": ["okta:user_group"],
        "type": group.type,
        "profile": {"name": group.name, "description": group.description or None},
        "_links": {
            "self": {"href": at},
            "logo": [],
            "users": link(f"{at}/users", "GET"),
            "apps": link(f"{at}/apps", "GET"),
        },
    }


def group_named(group_id: str) -> Group:
    """The group, or 404."""
    group = Group.objects.filter(pk=group_id).first()
    if group is None:
        raise missing(group_id, KIND)
    return group


class GroupAddressView(OktaView):
    """What lies at one group's address."""

    shape = GroupShape

    def locked_row(self) -> Model | None:
        """The group."""
        return group_named(self.kwargs["group_id"])

    def changed_group(self, request: Request, group_id: str) -> Group:
        """The group, which the caller may change; else 404, or 403 (row 260)."""
        group = group_named(group_id)
        if group.is_everyone:
            raise Fault(403, "E0000006", "The group is built in and can't be changed.")
        check_may_change(request, group)
        return group


class GroupsView(OktaView):
    """The list, and a new one."""

    shape = GroupShape

    @documented(
        "listGroups",
        "List groups",
        gives=GroupShape(many=True),
        parameters=[
            query("q", "The beginning of the name."),
            query("filter", "A SCIM filter."),
            query("search", "A SCIM filter."),
            query("sortBy", f"One of {', '.join(SORTED)}."),
            query("sortOrder", "`asc` or `desc`."),
            *PAGES,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        given = parameters(request, *PAGING, *FILTERS)
        rows = Group.objects.all()
        if given.get("q"):
            rows = rows.filter(name__istartswith=given["q"])
        return listed(request, rows.filter(_condition(given)), _order(given), shown, *FILTERS)

    @documented("addGroup", "Create a group", takes=GroupShape, gives=GroupShape)
    def post(self, request: Request) -> HttpResponse:
        parameters(request)
        group = create_group(actor=actor_of(request), **fields_of(request))
        return answer(shown(group))


class GroupView(GroupAddressView):
    """One group."""

    @documented("getGroup", "Read a group", gives=GroupShape)
    def get(self, request: Request, group_id: str) -> HttpResponse:
        parameters(request)
        return answer(shown(group_named(group_id)))

    @documented(
        "replaceGroup",
        "Replace a group's profile",
        takes=GroupShape,
        gives=GroupShape,
        is_change=True,
    )
    def put(self, request: Request, group_id: str) -> HttpResponse:
        parameters(request)
        group = self.changed_group(request, group_id)
        fields = fields_of(request)
        return answer(shown(update_group(actor=actor_of(request), group=group, **fields)))

    @documented("deleteGroup", "Delete a group", status=204, is_change=True)
    def delete(self, request: Request, group_id: str) -> HttpResponse:
        parameters(request)
        group = self.changed_group(request, group_id)
        delete_group(actor=actor_of(request), group=group)
        return no_content()


def _condition(given: dict[str, str]) -> Q:
    if "filter" in given and "search" in given:
        raise Fault(400, "E0000033", "filter and search can't be used together")
    if given.get("search"):
        return filtered(given["search"], COLUMNS, code="E0000031", where="search criteria")
    if given.get("filter"):
        return filtered(given["filter"], COLUMNS, code="E0000053", where="filter")
    return Q()


def _order(given: dict[str, str]) -> Paging:
    name, order = given.get("sortBy", "profile.name"), given.get("sortOrder", "asc").lower()
    if name not in SORTED:
        raise invalid("sortBy", f"must be one of {', '.join(SORTED)}")
    if order not in {"asc", "desc", "ascending", "descending"}:
        raise invalid("sortOrder", "must be asc or desc")
    return Paging(SORTED[name], MOST, MOST, is_descending=order.startswith("desc"))
