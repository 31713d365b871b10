"""A group's members and apps, and a user's groups."""

from typing import Final

from django.db.models import Q
from django.http import HttpResponse
from rest_framework.request import Request

from apps.clients.selectors import clients_of_group
from apps.directory.models import Group
from apps.directory.selectors import members_of
from apps.directory.services import add_member, remove_member
from apps.management.okta.paging import Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.resources import groups, user_shapes
from apps.management.okta.resources.app_shapes import AppShape, app_shown
from apps.management.okta.resources.groups import GroupAddressView, GroupShape, group_named
from apps.management.okta.resources.user_shapes import UserShape
from apps.management.okta.resources.users import UserAddressView, user_named
from apps.management.okta.schema import PAGES, documented
from apps.management.respond import no_content
from apps.management.views.base import actor_of

MEMBERS: Final = Paging(("login",), default=1000, most=1000)
APPS: Final = Paging(("id",), default=20, most=200)
GROUPS: Final = Paging(("name",), default=200, most=200)


class GroupMembersView(GroupAddressView):
    """The members; of Everyone, all users."""

    @documented(
        "listGroupUsers", "List members", gives=UserShape(many=True), parameters=PAGES, tag="Group"
    )
    def get(self, request: Request, group_id: str) -> HttpResponse:
        rows = members_of(group_named(group_id))
        return listed(request, rows, MEMBERS, user_shapes.shown)


class GroupMemberView(GroupAddressView):
    """One membership; both calls may be repeated."""

    @documented("assignUserToGroup", "Put a user into a group", status=204, is_change=True)
    def put(self, request: Request, group_id: str, user_id: str) -> HttpResponse:
        parameters(request)
        group, user = self.changed_group(request, group_id), user_named(request, user_id)
        add_member(actor=actor_of(request), group=group, user=user)
        return no_content()

    @documented("unassignUserFromGroup", "Take a user out of a group", status=204, is_change=True)
    def delete(self, request: Request, group_id: str, user_id: str) -> HttpResponse:
        parameters(request)
        group, user = self.changed_group(request, group_id), user_named(request, user_id)
        remove_member(actor=actor_of(request), group=group, user=user)
        return no_content()


class GroupAppsView(GroupAddressView):
    """The apps that the group is assigned to."""

    @documented(
        "listAssignedApplicationsForGroup",
        "List the apps of a group",
        gives=AppShape(many=True),
        parameters=PAGES,
    )
    def get(self, request: Request, group_id: str) -> HttpResponse:
        return listed(request, clients_of_group(group_named(group_id)), APPS, app_shown)


class UserGroupsView(UserAddressView):
    """The groups that a user is in, Everyone among them."""

    @documented(
        "listUserGroups", "List a user's groups", gives=GroupShape(many=True), parameters=PAGES
    )
    def get(self, request: Request, user_id: str) -> HttpResponse:
        user = user_named(request, user_id)
        mine = Q(pk__in=user.memberships.values("group")) | Q(type=Group.Type.BUILT_IN)
        return listed(request, Group.objects.filter(mine), GROUPS, groups.shown)
