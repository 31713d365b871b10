"""Delegated administration: a group may own servers and clients, and its administrators may then
change those; others of theirs may look. One function decides, for console and API alike.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from apps.directory.models import Group, User
from authzsite.domain import limits
from authzsite.domain.validation import Invalid, InvalidError, raise_if

FIELD = "owners"


class Owned(Protocol):
    """A server or a client."""

    owners: Any  # the groups: a relation that only those models know


def may_change(user: Any, owned: Owned) -> bool:
    """Whether the user may change the server or client, and all that belongs to it. Asked of the
    database each time, so a membership that is taken away counts at once (row 261)."""
    if not (isinstance(user, User) and user.is_active and user.is_staff):
        return False
    return user.is_superuser or owned.owners.filter(memberships__user=user).exists()


def may_set_owners(user: Any) -> bool:
    """Whether the user may say who owns what: an owner doesn't hand that on (row 260)."""
    return isinstance(user, User) and user.is_active and user.is_staff and user.is_superuser


def ids_of_owners(owned: Owned) -> list[str]:
    """The ids of the groups that own it, in order."""
    return sorted(owned.owners.values_list("pk", flat=True))


def replace_owners(owned: Owned, group_ids: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    """Set the groups; what changed, for the log. Raises InvalidError for what is no group, and for
    Everyone, which has no members that one could count. The caller holds the row's lock."""
    before, after = ids_of_owners(owned), sorted(set(group_ids))
    if len(after) > limits.MAX_LIST_LENGTH:
        raise InvalidError(Invalid(FIELD, "has too many entries", limits.MAX_LIST_LENGTH))
    groups = Group.objects.filter(pk__in=after, type=Group.Type.OKTA_GROUP)
    known = set(groups.values_list("pk", flat=True))
    raise_if(
        Invalid(FIELD, f"must not hold {pk[:100]!r}: no group that can own something")
        for pk in after
        if pk not in known
    )
    if before == after:
        return {}
    owned.owners.set(groups)
    return {FIELD: (before, after)}
