"""What the attributes of a filter are in the database: columns by name, members of JSON by path.

Attributes are compared as texts that are never null, so that `not` means the opposite; moments as
moments. A name becomes a parameter of the statement at most, never a piece of it (row 276).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import F, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from apps.management.okta.faults import Fault
from apps.management.okta.scim import LOOKUPS, BadFilter, Comparison, compared, parse, query_of

MAX_STEPS: Final = 4
_MEMBER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]{0,63}")
_ORDERED: Final = frozenset({"eq", "gt", "ge", "lt", "le"})


@dataclass(frozen=True, slots=True)
class Columns:
    """The attributes of one kind of row. Names are looked up in small letters, `of_json` by what
    they begin with: the path of members that the rest goes on from."""

    texts: Mapping[str, str | Combinable]
    moments: Mapping[str, str] = field(default_factory=dict)
    of_json: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def compare(self, one: Comparison) -> Q:
        """One comparison. Raises BadFilter."""
        name = one.attribute.lower()
        if name in self.moments:
            return _compared_moment(self.moments[name], one)
        if name in self.texts:
            return _compared_text(self.texts[name], one)
        for prefix, path in self.of_json.items():
            if name.startswith(prefix):
                members = one.attribute[len(prefix) :].split(".")
                return compared(member_text(*path, *members), one.operator, one.value)
        raise BadFilter(f"does not know the attribute {one.attribute[:80]}")


def filtered(text: str, columns: Columns, *, code: str, where: str) -> Q:
    """The condition that a filter means. Fault 400 with the code for a text that isn't one."""
    try:
        return query_of(parse(text), columns.compare)
    except BadFilter as error:
        raise Fault(400, code, f"Invalid {where}: it {error}") from None


def member_text(column: str, *path: str) -> Combinable:
    """A member of a JSON column as text; "" where there is none. Raises BadFilter."""
    check_members(path)
    found: Any = F(column)
    for step in path:
        found = KeyTextTransform(step, found)
    return Coalesce(Cast(found, TextField()), Value(""), output_field=TextField())


def check_members(path: Sequence[str]) -> None:
    """Refuse what can't be a path of names of members. Raises BadFilter."""
    if len(path) > MAX_STEPS or not all(_MEMBER.fullmatch(step) for step in path):
        raise BadFilter("does not know such an attribute")


def moment_of(text: str) -> datetime | None:
    """An ISO 8601 moment with its zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _compared_text(column: str | Combinable, one: Comparison) -> Q:
    if isinstance(column, str) and one.operator in LOOKUPS:
        # By the column's own name, so that its index serves.
        return Q(**{f"{column}__{LOOKUPS[one.operator].lookup_name}": one.value})
    return compared(F(column) if isinstance(column, str) else column, one.operator, one.value)


def _compared_moment(column: str, one: Comparison) -> Q:
    if one.operator == "pr":
        return Q(**{f"{column}__isnull": False})
    moment = moment_of(one.value)
    if one.operator not in _ORDERED or moment is None:
        raise BadFilter(f"must compare {one.attribute[:80]} with a date and time, by eq, gt or lt")
    known = Q(**{f"{column}__isnull": False})
    return known & Q(**{f"{column}__{LOOKUPS[one.operator].lookup_name}": moment})
