"""Condition: which scopes may be asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from authzsite.domain.access_request import AccessRequest
from authzsite.domain.conditions.base import names_field, read_names, unknown_keys
from authzsite.domain.fragments import SCOPE, Fragment, listing, plain, words
from authzsite.domain.vocabulary import ANY_SCOPE, OIDC_SCOPES


@dataclass(frozen=True, slots=True)
class Scopes:
    """Matches when every requested custom scope is listed, or `*` is; OIDC scopes need no mention
    (design rule R10).
    """

    name: ClassVar[str] = "scopes"
    label: ClassVar[str] = "Scopes"
    needs: ClassVar[tuple[str, ...]] = ("requested_scopes",)

    include: frozenset[str] = names_field(
        label="Scopes",
        help="What may be asked for; * is any scope. OpenID scopes need no mention.",
        kind="scope",
    )

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Which of these custom scopes the condition doesn't cover, in their order."""
        include = self.include
        return (
            () if ANY_SCOPE in include else tuple([name for name in names if name not in include])
        )

    def matches(self, request: AccessRequest) -> bool:
        """Whether nothing requested is missing; a request that names no scope lacks none."""
        return not self.missing(_custom(request))

    def fault(self, request: AccessRequest) -> tuple[Fragment, ...]:
        """The scopes that aren't covered."""
        return listing(SCOPE, self.missing(_custom(request)), "and")

    def why_not(self, request: AccessRequest) -> str:
        """The scopes that aren't covered, as text."""
        return plain(self.fault(request))

    def sentence(self) -> tuple[Fragment, ...]:
        """`a or b`, or `any scope`."""
        if ANY_SCOPE in self.include:
            return (words("any scope"),)
        return listing(SCOPE, self.include, "or") or (words("OpenID scopes only"),)

    def dump(self) -> dict[str, Any]:
        """The JSON row."""
        return {"type": self.name, "include": sorted(self.include)}

    @classmethod
    def load(cls, data: Mapping[str, object]) -> "Scopes | str":
        """From a JSON row."""
        include = read_names(data, "include")
        complaint = unknown_keys(data, ("include",)) or (
            include if isinstance(include, str) else ""
        )
        return complaint or cls(frozenset(include))


def _custom(request: AccessRequest) -> list[str]:
    return [name for name in request.asked if name not in OIDC_SCOPES]
