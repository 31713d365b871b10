"""The frozen values that an event is made of, before it is a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `type` is User, PublicClientApp or SystemPrincipal."""

    id: str
    type: str = "User"
    alternate_id: str = ""
    display_name: str = ""


SYSTEM = Actor("system", "SystemPrincipal", "system@authzsite", "authzsite")


@dataclass(frozen=True, slots=True)
class Target:
    """What it was done to; `detail` holds type-specific members, `changes` field → (before,
    after)."""

    id: str
    type: str
    alternate_id: str = ""
    display_name: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event to be recorded. Ids only, never a secret, token or code (R24)."""

    event_type: str
    actor: Actor
    targets: tuple[Target, ...] = ()
    outcome: str = "SUCCESS"
    reason: str = ""
    severity: str = ""  # empty = the catalogue's for a success, WARN for a failure
    client_id: str = ""  # the client's row id
    server_id: str = ""
    user_id: str = ""
    debug: Mapping[str, Any] = field(default_factory=dict)
    credential_type: str | None = None


def changes_between(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Field → (before, after) for every field whose value differs."""
    fields = sorted({*before, *after})
    return {
        name: (before.get(name), after.get(name))
        for name in fields
        if before.get(name) != after.get(name)
    }
