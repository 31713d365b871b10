"""`manage.py breakglass`: let an administrator in again, when nobody can sign in any more."""

import secrets
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.directory.models import Status, User
from apps.directory.selectors import find_user
from apps.directory.services import (
    activate_user,
    create_user,
    end_sessions,
    reset_second_factors,
    set_administrator,
    set_password,
    unlock_user,
    unsuspend_user,
    verify_address,
)
from apps.management.management.commands.bump_epoch import operator
from apps.systemlog.context import RequestContext, use
from apps.systemlog.entries import Actor
from authzsite.domain.validation import InvalidError

OPENED: Final = {
    Status.SUSPENDED: unsuspend_user,
    Status.LOCKED_OUT: unlock_user,
    Status.STAGED: activate_user,
    Status.DEPROVISIONED: activate_user,
}


class Command(BaseCommand):
    """Makes somebody an administrator who can sign in: active, with a new password that is printed
    once, without second factors (they are asked to add one where one is required), signed out
    everywhere. Their address counts as verified. Makes the account where there is none.

    Needs nothing but the database: neither Redis nor mail. Every step is in the system log.
    """

    help = __doc__
    requires_system_checks: list[str] = []  # a broken setting mustn't keep anybody from this

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom."""
        parser.add_argument("login", help="the administrator's login; made if there is none")

    def handle(self, *args: Any, login: str, **options: Any) -> None:
        """All of it or nothing."""
        password = secrets.token_urlsafe(15)
        try:
            with use(RequestContext(kind="JOB")) as context, transaction.atomic():
                user = let_in(operator(), login, password)
        except InvalidError as error:
            raise CommandError(f"{login} can't be let in: {error}") from None
        self.stdout.write(
            f"{user.login} may sign in and change everything; password {password} (shown once).\n"
            f"Second factors and sessions have ended. In the system log as {context.reference}."
        )


def let_in(actor: Actor, login: str, password: str) -> User:
    """An active superuser with this password, and nothing else that opens the account."""
    user = find_user(login)
    if user is None:
        made = create_user(
            actor=actor,
            login=login,
            email=login if "@" in login else f"{login}@{settings.HOST}",
            first_name="Site",
            last_name="Administrator",
            password=password,
            is_superuser=True,
        )
        return verify_address(actor=actor, user=made, address=made.email)
    if user.status in OPENED:
        OPENED[Status(user.status)](actor=actor, user=user)
    set_password(actor=actor, user=user, password=password)
    reset_second_factors(actor=actor, user=user)
    set_administrator(actor=actor, user=user, is_staff=True, is_superuser=True)
    verify_address(actor=actor, user=user, address=user.email)
    end_sessions(actor=actor, user=user)
    user.refresh_from_db()
    return user
