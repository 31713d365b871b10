"""Reading the directory: groups of a user, members of a group, the built-in group."""

from django.db.models import Q, QuerySet

from apps.directory.models import Group, GroupMembership, Status, User


def everyone() -> Group:
    """The built-in group that holds every user without membership rows."""
    return Group.objects.get(type=Group.Type.BUILT_IN)


def users_groups(user: User) -> dict[str, str]:
    """Id → name of every group of the user, Everyone among them, by name."""
    is_mine = Q(memberships__user=user) | Q(type=Group.Type.BUILT_IN)
    return dict(Group.objects.filter(is_mine).distinct().order_by("name").values_list("pk", "name"))


def members_of(group: Group) -> QuerySet[User]:
    """The users in a group, by login."""
    if group.is_everyone:
        return User.objects.order_by("login")
    return User.objects.filter(memberships__group=group).order_by("login")


def is_member(user: User, group: Group) -> bool:
    """Whether the user is in the group now."""
    return group.is_everyone or GroupMembership.objects.filter(group=group, user=user).exists()


def find_user(name: str) -> User | None:
    """A user by id or, failing that, by login, octet for octet."""
    return User.objects.filter(pk=name).first() or User.objects.filter(login=name).first()


def active_superusers() -> QuerySet[User]:
    """Those who may change everything (R23)."""
    found = User.objects.filter(is_superuser=True, is_staff=True, status=Status.ACTIVE)
    return found.order_by("login")
