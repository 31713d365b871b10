"""Grant types: what one is, and the table of those installed.

The core ships the table empty; the application installs its specs once at start. Client forms, rule
forms, metadata documents and the explanation read from here, so adding a grant type touches one
folder. The table is replaced as a whole, never edited.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from authzsite.domain.vocabulary import CLIENT_CREDENTIALS, REFRESH_TOKEN_GRANT


@dataclass(frozen=True, slots=True)
class GrantSpec:
    """One grant type as the forms, the metadata and the policy rules know it."""

    name: str
    """The value of `grant_type` on the wire."""
    label: str
    """What a person reads in a form."""
    has_user: bool
    """Whether a token of this grant stands for a person; without one no people condition is
    consulted.
    """
    client_types: frozenset[str] = frozenset()
    """Client types (web, native, browser, service, ...) that may be given this grant."""
    short: str = ""
    """What a sentence calls it when the wire name is a long URN; empty means the name itself."""
    in_rules: bool = True
    """Whether a policy rule may name it; refresh is not evaluated again, so it may not (design rule
    R11).
    """
    confidential_only: bool = False
    """Whether a public client is refused this grant."""
    gives_refresh: bool = False
    """Whether the grant can be answered with a refresh token."""


_installed: dict[str, GrantSpec] = {}


def install(specs: Iterable[GrantSpec]) -> None:
    """Replace the table; of two specs with one name the later stays."""
    global _installed
    _installed = {spec.name: spec for spec in specs}


def installed() -> tuple[GrantSpec, ...]:
    """Every installed grant type, in the order given to `install`."""
    return tuple(_installed.values())


def find(name: str) -> GrantSpec | None:
    """The spec of one grant type, or None when it isn't installed."""
    return _installed.get(name)


def for_client_type(client_type: str) -> tuple[GrantSpec, ...]:
    """The grant types that a client of this type may be given."""
    return tuple(spec for spec in _installed.values() if client_type in spec.client_types)


def for_rules() -> tuple[GrantSpec, ...]:
    """The grant types that a policy rule may name."""
    return tuple(spec for spec in _installed.values() if spec.in_rules)


def has_user(name: str) -> bool:
    """Whether the grant stands for a person; an unknown grant does, because that asks for more
    facts, never for fewer.
    """
    spec = _installed.get(name)
    return spec.has_user if spec else name != CLIENT_CREDENTIALS


def short_name(name: str) -> str:
    """The word for sentences: `device_code` rather than its URN."""
    spec = _installed.get(name)
    return (spec.short if spec else "") or name.rpartition(":")[2] or name


def is_refresh(name: str) -> bool:
    """Whether this is the refresh grant, which continues a decision and never makes one."""
    return name == REFRESH_TOKEN_GRANT
