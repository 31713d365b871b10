"""What may be done with a user's status, from which status, and what it ends (R7, R15)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.directory import services
from apps.directory.models import Status, User
from apps.directory.services import lifecycle
from apps.directory.services.second_factors import reset_second_factors
from apps.systemlog.admin.parts import Words
from apps.systemlog.entries import Actor


@dataclass(frozen=True, slots=True)
class Verb:
    """One change of status. One with a `warning` ends tokens and is asked about first."""

    name: str
    label: Words
    service: Callable[..., Any]
    statuses: Collection[str]
    done: Words
    warning: Words = ""

    def run(self, actor: Actor, user: User) -> Any:
        """Call the service."""
        return self.service(actor=actor, user=user)


ANY_BUT_GONE = [status for status in Status if status != Status.DEPROVISIONED]
VERBS = (
    Verb(
        "activate",
        _("Activate"),
        services.activate_user,
        lifecycle.BEFORE_ACTIVATION,
        _("activated"),
    ),
    Verb(
        "reactivate",
        _("Start activation again"),
        services.reactivate_user,
        lifecycle.BEFORE_REACTIVATION,
        _("waiting for a password"),
        _("The present password stops working; the user needs a new one."),
    ),
    Verb(
        "unsuspend", _("Unsuspend"), services.unsuspend_user, [Status.SUSPENDED], _("active again")
    ),
    Verb("unlock", _("Unlock"), services.unlock_user, [Status.LOCKED_OUT], _("unlocked")),
    Verb(
        "suspend",
        _("Suspend"),
        services.suspend_user,
        [Status.ACTIVE],
        _("suspended"),
        _(
            "Every token of the user ends at once, on every server. Assignments and groups are "
            "kept."
        ),
    ),
    Verb(
        "reset_password",
        _("Reset password"),
        services.reset_password,
        [*lifecycle.WITH_PASSWORD, Status.PROVISIONED],
        _("without a password"),
        _(
            "Every token of the user ends at once, on every server. The present password stops "
            "working."
        ),
    ),
    Verb(
        "expire_password",
        _("Expire password"),
        services.expire_password,
        [Status.ACTIVE],
        _("asked for a new password"),
        _(
            "Every token of the user ends at once, on every server. The user has to choose a new "
            "password."
        ),
    ),
    Verb(
        "deactivate",
        _("Deactivate"),
        services.deactivate_user,
        ANY_BUT_GONE,
        _("deactivated"),
        _(
            "Every token of the user ends at once, on every server. All direct assignments to "
            "clients are removed."
        ),
    ),
    Verb(
        "reset_factors",
        _("Reset second factor"),
        reset_second_factors,
        ANY_BUT_GONE,
        _("without a second factor"),
        _("Authenticator apps, passkeys and recovery codes of the user stop working."),
    ),
    Verb(
        "end_sessions",
        _("End sessions"),
        services.end_sessions,
        ANY_BUT_GONE,
        _("signed out everywhere"),
        _(
            "The user is signed out in every browser. Tokens that were for the length of a "
            "session end,"
            " too; those of offline_access live on."
        ),
    ),
)
OF_HELP_DESK = frozenset({"unlock", "reset_password", "reset_factors", "end_sessions"})
"""What a help desk does for people; what gives access or takes it for good is for others."""
BY_NAME = {verb.name: verb for verb in VERBS}
IN_BULK = {
    "activate": (_("Activate users"), _("users activated")),
    "suspend": (_("Suspend users"), _("users suspended")),
    "unsuspend": (_("Unsuspend users"), _("users active again")),
    "deactivate": (_("Deactivate users"), _("users deactivated")),
}
"""Those that make sense for several users at once: what is done, and what was."""


def possible(user: User) -> list[Verb]:
    """What may be done with the user now."""
    return [verb for verb in VERBS if user.status in verb.statuses]
