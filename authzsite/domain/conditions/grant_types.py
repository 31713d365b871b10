"""Condition: the request uses one of these grant types."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from authzsite.domain import fragments, grant_types
from authzsite.domain.access_request import AccessRequest
from authzsite.domain.conditions.base import names_field, read_names, unknown_keys
from authzsite.domain.fragments import Fragment, plain, words


@dataclass(frozen=True, slots=True)
class GrantTypes:
    """Matches when the grant type is listed; an empty list matches nothing."""

    name: ClassVar[str] = "grant_types"
    label: ClassVar[str] = "Grant types"
    needs: ClassVar[tuple[str, ...]] = ("grant_type",)

    include: frozenset[str] = names_field(
        label="Grant types", help="How the token may be asked for.", kind="grant_type"
    )

    def matches(self, request: AccessRequest) -> bool:
        """Whether the grant type is listed."""
        return request.grant_type in self.include

    def fault(self, request: AccessRequest) -> tuple[Fragment, ...]:
        """The grant type that isn't listed."""
        return (
            () if self.matches(request) else (_chip(request.grant_type), words(" is not allowed"))
        )

    def why_not(self, request: AccessRequest) -> str:
        """The grant type that isn't listed, as text."""
        return plain(self.fault(request))

    def sentence(self) -> tuple[Fragment, ...]:
        """`a or b`."""
        return listing(self.include)

    def dump(self) -> dict[str, Any]:
        """The JSON row."""
        return {"type": self.name, "include": sorted(self.include)}

    @classmethod
    def load(cls, data: Mapping[str, object]) -> "GrantTypes | str":
        """From a JSON row."""
        include = read_names(data, "include")
        complaint = unknown_keys(data, ("include",)) or (
            include if isinstance(include, str) else ""
        )
        return complaint or cls(frozenset(include))


def listing(names: frozenset[str]) -> tuple[Fragment, ...]:
    """Grant types as chips with their short names, joined by `or`."""
    parts = fragments.listing(fragments.GRANT_TYPE, names, "or")
    return tuple(_chip(part.ref) if part.ref else part for part in parts)


def _chip(name: str) -> Fragment:
    return Fragment(fragments.GRANT_TYPE, grant_types.short_name(name), name)
