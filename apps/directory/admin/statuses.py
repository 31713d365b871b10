"""What may be done with a user's status, from which status, and what it ends (R7, R15)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from apps.directory import services
from apps.directory.models import Status, User
from apps.directory.services import lifecycle
from apps.directory.services.second_factors import reset_second_factors
from apps.systemlog.entries import Actor

DIES = "Every token of the user ends at once, on every server."


@dataclass(frozen=True, slots=True)
class Verb:
    """One change of status. One with a `warning` ends tokens and is asked about first."""

    name: str
    label: str
    service: Callable[..., Any]
    statuses: Collection[str]
    done: str
    warning: str = ""

    def run(self, actor: Actor, user: User) -> Any:
        """Call the service."""
        return self.service(actor=actor, user=user)


ANY_BUT_GONE = [status for status in Status if status != Status.DEPROVISIONED]
VERBS = (
    Verb(
        "activate",
        "Activate",
        services.activate_user,
        lifecycle.BEFORE_ACTIVATION,
        "activated",
    ),
    Verb(
        "reactivate",
        "Start activation again",
        services.reactivate_user,
        lifecycle.BEFORE_REACTIVATION,
        "waiting for a password",
        "The present password stops working; the user needs a new one.",
    ),
    Verb("unsuspend", "Unsuspend", services.unsuspend_user, [Status.SUSPENDED], "active again"),
    Verb("unlock", "Unlock", services.unlock_user, [Status.LOCKED_OUT], "unlocked"),
    Verb(
        "suspend",
        "Suspend",
        services.suspend_user,
        [Status.ACTIVE],
        "suspended",
        f"{DIES} Assignments and groups are kept.",
    ),
    Verb(
        "reset_password",
        "Reset password",
        services.reset_password,
        [*lifecycle.WITH_PASSWORD, Status.PROVISIONED],
        "without a password",
        f"{DIES} The present password stops working.",
    ),
    Verb(
        "expire_password",
        "Expire password",
        services.expire_password,
        [Status.ACTIVE],
        "asked for a new password",
        f"{DIES} The user has to choose a new password.",
    ),
    Verb(
        "deactivate",
        "Deactivate",
        services.deactivate_user,
        ANY_BUT_GONE,
        "deactivated",
        f"{DIES} All direct assignments to clients are removed.",
    ),
    Verb(
        "reset_factors",
        "Reset second factor",
        reset_second_factors,
        ANY_BUT_GONE,
        "without a second factor",
        "Authenticator apps, passkeys and recovery codes of the user stop working.",
    ),
    Verb(
        "end_sessions",
        "End sessions",
        services.end_sessions,
        ANY_BUT_GONE,
        "signed out everywhere",
        "The user is signed out in every browser. Tokens that were for the length of a session end,"
        " too; those of offline_access live on.",
    ),
)
OF_HELP_DESK = frozenset({"unlock", "reset_password", "reset_factors", "end_sessions"})
"""What a help desk does for people; what gives access or takes it for good is for others."""
BY_NAME = {verb.name: verb for verb in VERBS}
IN_BULK = ("activate", "suspend", "unsuspend", "deactivate")
"""Those that make sense for several users at once."""


def possible(user: User) -> list[Verb]:
    """What may be done with the user now."""
    return [verb for verb in VERBS if user.status in verb.statuses]
