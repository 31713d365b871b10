"""The roles of administrators, and what each may do: in the console and through the management API
alike. Owners of servers and clients are another matter: see `apps.directory.owners`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its name, and the flags of a user who has it."""

    name: str
    title: Any
    may: Any
    flags: Mapping[str, bool]

    @property
    def label(self) -> str:
        """For a form."""
        return f"{self.title}: {self.may}"


def _flags(
    *, staff: bool = True, superuser: bool = False, help_desk: bool = False
) -> dict[str, bool]:
    return {"is_staff": staff, "is_superuser": superuser, "is_help_desk": help_desk}


AUDITOR: Final = Role("auditor", _("Auditor"), _("may read the console"), _flags())
HELP_DESK: Final = Role(
    "help_desk",
    _("Help desk"),
    _("may read the console, unlock people, reset their sign-in, revoke tokens and sessions"),
    _flags(help_desk=True),
)
ADMINISTRATOR: Final = Role(
    "administrator", _("Administrator"), _("may change everything"), _flags(superuser=True)
)
ROLES: Final = (AUDITOR, HELP_DESK, ADMINISTRATOR)

HELP_PERSON: Final = "directory.help_user"
"""To unlock a person, reset the password or second factor, end sessions."""
REVOKE: Final = "tokens.revoke_tokens"
"""To revoke grants and tokens, one by one or all of a person or client."""
OF_HELP_DESK: Final = frozenset({HELP_PERSON, REVOKE})


def role_named(name: str) -> Role | None:
    """The role of this name."""
    return next((role for role in ROLES if role.name == name), None)


def role_of(user: Any) -> Role | None:
    """The role of a user; None for those who aren't administrators."""
    if not user.is_staff:
        return None
    if user.is_superuser:
        return ADMINISTRATOR
    return HELP_DESK if user.is_help_desk else AUDITOR


def has_permission(user: Any, permission: str) -> bool:
    """The one function that decides what a role may do. Asked of the user's row as it is now."""
    if not user.is_active:
        return False
    role = role_of(user)
    if role is None:
        return False
    if role is ADMINISTRATOR or permission.rpartition(".")[2].startswith("view_"):
        return True
    return role is HELP_DESK and permission in OF_HELP_DESK


def may_help(helper: Any, person: Any) -> bool:
    """Whether somebody may help this person: the help desk helps no administrator, or it could
    make itself one."""
    if not has_permission(helper, HELP_PERSON):
        return False
    return bool(helper.is_superuser) or not (person.is_staff or person.is_superuser)
