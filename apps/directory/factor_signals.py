"""Second factors in the log, and in the session that has just proved one by enrolling it."""

import time
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.dispatch import receiver
from django.http import HttpRequest

from apps.directory.models import User
from apps.directory.second_factors import PROOFS
from apps.directory.services import use_step
from apps.directory.signals import STRANGER, failures
from apps.directory.targets import actor_of, user_target
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.record import record

STEP_SECONDS = 30


@receiver(signals.authenticator_added)
def added(request: HttpRequest, user: User, authenticator: Authenticator, **rest: Any) -> None:
    """Whoever enrols a factor has it in hand: the session has proved it, and the code that showed
    so is used."""
    _tell("user.mfa.factor.activate", actor_of(user), user, authenticator)
    if authenticator.type == Authenticator.Type.TOTP:
        use_step(authenticator=authenticator, step=int(time.time()) // STEP_SECONDS)
    if authenticator.type in PROOFS:
        record_authentication(
            request, user, "mfa", id=authenticator.pk, type=str(authenticator.type)
        )


@receiver(signals.authenticator_removed)
def removed(user: User, authenticator: Authenticator, **rest: Any) -> None:
    """One less."""
    _tell("user.mfa.factor.deactivate", actor_of(user), user, authenticator)


@receiver(signals.authenticator_reset)
def reset(user: User, authenticator: Authenticator, **rest: Any) -> None:
    """New recovery codes; the old ones have ended."""
    _tell("user.mfa.factor.update", actor_of(user), user, authenticator)


@receiver(signals.authenticator_used)
def used(user: User, authenticator: Authenticator, **rest: Any) -> None:
    """A code or key was right."""
    _tell("user.authentication.auth_via_mfa", actor_of(user), user, authenticator)


@receiver(signals.authentication_failed)
def failed(user: User, authenticator: Authenticator, **rest: Any) -> None:
    """A code was wrong; what was typed isn't logged."""
    if failures.take():
        event = "user.authentication.auth_via_mfa"
        _tell(event, STRANGER, user, authenticator, outcome="FAILURE", reason="INVALID_CREDENTIALS")


def _tell(
    event: str, actor: Actor, user: User, authenticator: Authenticator, **outcome: Any
) -> None:
    debug = {"factor": str(authenticator.type)}
    record(Entry(event, actor, (user_target(user),), user_id=user.pk, debug=debug, **outcome))
