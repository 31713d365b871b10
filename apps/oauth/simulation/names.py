"""Names of people in the sentences of an explanation, which knows ids."""

from apps.directory.models import Group, User
from authzsite.domain.conditions import People
from authzsite.domain.policy_types import PolicyBook
from authzsite.domain.vocabulary import EVERYONE


def people_names(book: PolicyBook, groups: frozenset[str] | None) -> dict[str, str]:
    """Names of all groups and users that a rule or the request speaks of, in two statements."""
    people = [
        one
        for policy in book.policies
        for rule in policy.rules
        for one in rule.conditions
        if isinstance(one, People)
    ]
    group_ids = {pk for one in people for pk in one.include_groups | one.exclude_groups}
    user_ids = {pk for one in people for pk in one.include_users | one.exclude_users}
    wanted = (group_ids | (groups or frozenset())) - {EVERYONE}
    return {
        **dict(Group.objects.filter(pk__in=wanted).values_list("pk", "name")),
        **dict(User.objects.filter(pk__in=user_ids).values_list("pk", "login")),
    }
