"""Whether a rule's conditions may be stored: readable by the core, of known grant types, naming
people who exist.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db.models import Model

from apps.directory.models import Group, User
from apps.servers.services.rows import check_texts
from authzsite.domain import grant_types, limits, vocabulary
from authzsite.domain.conditions import Condition, GrantTypes, People, Scopes, dump, load_all
from authzsite.domain.scopes import is_scope_token
from authzsite.domain.validation import Invalid, raise_if

Rows = Sequence[dict[str, Any]]

# Okta's list: its tools name grant types that we don't serve; such a name matches no request.
GRANT_TYPES: Final = frozenset(
    {
        vocabulary.AUTHORIZATION_CODE,
        vocabulary.CLIENT_CREDENTIALS,
        vocabulary.REFRESH_TOKEN_GRANT,
        vocabulary.PASSWORD,
        vocabulary.IMPLICIT,
        vocabulary.INTERACTION_CODE,
        vocabulary.DEVICE_CODE,
        vocabulary.TOKEN_EXCHANGE,
        vocabulary.JWT_BEARER,
        vocabulary.SAML2_BEARER,
        vocabulary.CIBA,
    }
)


def normal_conditions(rows: Rows) -> list[dict[str, Any]]:
    """The conditions as they are stored: one spelling per meaning. `InvalidError` when the core
    can't read them.
    """
    loaded = load_all(rows)
    if isinstance(loaded, str):
        raise_if([Invalid("conditions", loaded)])
        return []
    stored = [dump(condition) for condition in loaded]
    check_texts((text for row in stored for text in _texts(row)), "conditions")
    return stored


def _texts(row: dict[str, Any]) -> list[object]:
    return [text for value in row.values() if isinstance(value, list) for text in value]


def condition_problems(rows: Rows, before: Rows = ()) -> list[Invalid]:
    """Problems of readable conditions; people whom the rule named `before` may be gone by now."""
    old = _people(before)
    return [problem for condition in _load(rows) for problem in _problems(condition, old)]


def _problems(condition: Condition, old: People) -> list[Invalid]:
    match condition:
        case GrantTypes(include):
            return _unknown(
                include - GRANT_TYPES - {spec.name for spec in grant_types.installed()},
                "grant type",
            )
        case Scopes(include):
            return _size(include) + _unknown(
                {name for name in include if not is_scope_token(name)}, "scope"
            )
        case People():
            return _people_problems(condition, old)
    return []


def _people_problems(new: People, old: People) -> list[Invalid]:
    users = (new.include_users | new.exclude_users) - old.include_users - old.exclude_users
    groups = (new.include_groups | new.exclude_groups) - old.include_groups - old.exclude_groups
    return [
        *_size(new.include_users | new.exclude_users),
        *_size(new.include_groups | new.exclude_groups),
        *_unknown(_missing(User, users), "user"),
        *_unknown(_missing(Group, groups - {vocabulary.EVERYONE}), "group"),
    ]


def _missing(model: type[Model], ids: frozenset[str]) -> set[str]:
    return (
        set(ids) - set(model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))
        if ids
        else set()
    )


def _size(names: frozenset[str]) -> list[Invalid]:
    is_long = len(names) > limits.MAX_LIST_LENGTH
    return (
        [Invalid("conditions", "has a list with too many entries", limits.MAX_LIST_LENGTH)]
        if is_long
        else []
    )


def _unknown(names: Iterable[str], what: str) -> list[Invalid]:
    return [Invalid("conditions", f"names no {what}: {name[:80]}") for name in sorted(names)]


def _load(rows: Rows) -> tuple[Condition, ...]:
    loaded = load_all(rows)
    return () if isinstance(loaded, str) else loaded


def _people(rows: Rows) -> People:
    return next((condition for condition in _load(rows) if isinstance(condition, People)), People())
