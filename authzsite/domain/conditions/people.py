"""Condition: who the token is for. An exclusion wins over every inclusion."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from authzsite.domain.access_request import AccessRequest
from authzsite.domain.conditions.base import names_field, read_names, unknown_keys
from authzsite.domain.fragments import GROUP, USER, Fragment, listing, plain, words
from authzsite.domain.vocabulary import EVERYONE


@dataclass(frozen=True, slots=True)
class People:
    """Matches a user who is included and not excluded.

    A grant without a user doesn't consult it (Okta's "no user"). A user whose id or groups are
    unknown never matches, not even a condition that only excludes: nobody can say that such a user
    is not in an excluded group.
    """

    name: ClassVar[str] = "people"
    label: ClassVar[str] = "People"
    needs: ClassVar[tuple[str, ...]] = ("user_id", "group_ids")

    include_users: frozenset[str] = names_field(
        label="Users", help="These users, whatever their groups.", kind="user"
    )
    include_groups: frozenset[str] = names_field(
        label="Groups", help="Members of these groups; EVERYONE is every user.", kind="group"
    )
    exclude_users: frozenset[str] = names_field(
        label="Except users", help="Never these users.", kind="user"
    )
    exclude_groups: frozenset[str] = names_field(
        label="Except groups", help="Never members of these groups.", kind="group"
    )

    def matches(self, request: AccessRequest) -> bool:
        """Whether the user, if there is one, is included and not excluded."""
        if not request.stands_for_user:
            return True
        if request.user_id is None or request.group_ids is None:
            return False
        return not self._excludes(request.user_id, request.group_ids) and self._includes(
            request.user_id, request.group_ids
        )

    def _includes(self, user_id: str, group_ids: frozenset[str]) -> bool:
        return (
            EVERYONE in self.include_groups
            or user_id in self.include_users
            or not self.include_groups.isdisjoint(group_ids)
        )

    def _excludes(self, user_id: str, group_ids: frozenset[str]) -> bool:
        return (
            user_id in self.exclude_users
            or EVERYONE in self.exclude_groups
            or not self.exclude_groups.isdisjoint(group_ids)
        )

    def fault(self, request: AccessRequest) -> tuple[Fragment, ...]:
        """The unknown fact, the exclusion met, or the groups that would have been needed."""
        if self.matches(request):
            return ()
        if request.user_id is None:
            return (words("the user is unknown"),)
        if request.group_ids is None:
            return (words("the user's groups are unknown"),)
        if request.user_id in self.exclude_users:
            return (words("this user is excluded"),)
        return self._group_fault(request.group_ids)

    def _group_fault(self, group_ids: frozenset[str]) -> tuple[Fragment, ...]:
        barred = self.exclude_groups & (group_ids | {EVERYONE})
        if barred:
            return (words("excluded as a member of "), *listing(GROUP, barred, "and"))
        if self.include_groups:
            return (words("not in "), *listing(GROUP, self.include_groups, "or"))
        return (
            words("not among its users" if self.include_users else "no user or group is included"),
        )

    def why_not(self, request: AccessRequest) -> str:
        """The fault as text."""
        return plain(self.fault(request))

    def sentence(self) -> tuple[Fragment, ...]:
        """`people in X or Y, except Z`, or `anyone assigned`."""
        return (*self._included(), *self._excepted())

    def _included(self) -> tuple[Fragment, ...]:
        if EVERYONE in self.include_groups:
            return (words("anyone assigned"),)
        groups = (
            (words("people in "), *listing(GROUP, self.include_groups, "or"))
            if self.include_groups
            else ()
        )
        users = listing(USER, self.include_users, "or")
        between = (words(" or "),) if groups and users else ()
        return (*groups, *between, *users) or (words("nobody"),)

    def _excepted(self) -> tuple[Fragment, ...]:
        groups, users = (
            listing(GROUP, self.exclude_groups, "and"),
            listing(USER, self.exclude_users, "and"),
        )
        between = (words(" and "),) if groups and users else ()
        return (
            (words(", except "), *groups, *between, *users, words(",")) if groups or users else ()
        )

    @property
    def is_plural(self) -> bool:
        """Whether its subject takes a plural verb (`people sign in`, `anyone signs in`)."""
        return EVERYONE not in self.include_groups and bool(self.include_groups)

    def dump(self) -> dict[str, Any]:
        """The JSON row; empty lists are left out."""
        lists = {spec.name: sorted(getattr(self, spec.name)) for spec in fields(self)}
        return {"type": self.name, **{key: ids for key, ids in lists.items() if ids}}

    @classmethod
    def load(cls, data: Mapping[str, object]) -> "People | str":
        """From a JSON row. EVERYONE may be included, not excluded: that rule could never match."""
        known = tuple(spec.name for spec in fields(cls))
        lists = {key: read_names(data, key) for key in known}
        complaints = [value for value in lists.values() if isinstance(value, str)]
        if complaint := unknown_keys(data, known) or "; ".join(complaints):
            return complaint
        people = cls(**{key: frozenset(ids) for key, ids in lists.items()})
        return "EVERYONE cannot be excluded" if EVERYONE in people.exclude_groups else people
