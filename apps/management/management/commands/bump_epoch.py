"""`manage.py bump_epoch`: end every token there is, or those of one server, client or user, now."""

import getpass
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.clients.models import Client
from apps.clients.services import revoke_client_tokens
from apps.directory.selectors import find_user
from apps.directory.services import revoke_user_tokens
from apps.servers.models import AuthorizationServer, Installation
from apps.servers.services import revoke_all_tokens, revoke_server_tokens
from apps.systemlog.context import RequestContext, use
from apps.systemlog.entries import SYSTEM, Actor

EVERYTHING: Final = "all"


class Command(BaseCommand):
    """The emergency lever, and step one after a restore or a lossy failover: counters went back
    then, so what had been revoked since may be alive again.

    Needs nothing but the database. It asks nothing but the one thing that can't be taken back.
    """

    help = __doc__
    requires_system_checks: list[str] = []  # a broken setting mustn't keep anybody from this

    def add_arguments(self, parser: CommandParser) -> None:
        """Exactly one thing to end the tokens of."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--all", action="store_true", help="every token of the installation")
        what.add_argument("--server", metavar="ID", help="every token of one authorization server")
        what.add_argument("--client", metavar="CLIENT_ID", help="every token of one client")
        what.add_argument("--user", metavar="LOGIN", help="every token of one user")
        parser.add_argument("--yes", action="store_true", help="don't ask before --all")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what has died."""
        name, work = next((name, WORK[name]) for name in WORK if options[name])
        if name == EVERYTHING and not options["yes"]:
            self.confirm()
        with use(RequestContext(kind="JOB")) as context:
            died = work(operator(), options[name])
        self.stdout.write(
            f"Ended at once and for good: {died}.\n"
            "Introspection, userinfo, refresh and exchange refuse it from now on. A JWT stays good "
            "until its exp where it is only verified, not introspected.\n"
            f"In the system log as {context.reference}. Workers mark the rows later; nothing waits "
            "for them."
        )

    def confirm(self) -> None:
        """Everybody has to sign in again: so the installation's name has to be typed."""
        if not sys.stdin.isatty():
            raise CommandError("Nobody is there to ask: give --yes. Nothing was changed.")
        organization = Installation.objects.values_list("organization", flat=True).get(pk=1)
        self.stdout.write("This ends every token of every user and client, on every server.")
        if input(f"Type the organisation's name ({organization}) to go on: ") != organization:
            raise CommandError("Not confirmed. Nothing was changed.")


def operator() -> Actor:
    """Whoever has a shell here; the system acts for them."""
    try:
        login = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        login = "somebody"
    where = f"{login}@{socket.gethostname()}"
    return replace(SYSTEM, alternate_id=where, display_name=f"{where}, at the command line")


def _end_all(actor: Actor, _: str) -> str:
    row = revoke_all_tokens(actor=actor)
    return f"every token of {row.organization}, whoever has it and whichever server issued it"


def _end_server(actor: Actor, ident: str) -> str:
    try:
        row = revoke_server_tokens(actor=actor, server_id=ident)
    except AuthorizationServer.DoesNotExist:
        raise _unknown("authorization server", ident) from None
    return f"every token of the authorization server {row.pk} ({row.name})"


def _end_client(actor: Actor, client_id: str) -> str:
    found = Client.objects.filter(client_id=client_id).first()
    if found is None:
        raise _unknown("client", client_id)
    row = revoke_client_tokens(actor=actor, client=found)
    return f"every token of the client {row.client_id} ({row.name}), its users' and its own"


def _end_user(actor: Actor, login: str) -> str:
    found = find_user(login)
    if found is None:
        raise _unknown("user", login)
    row = revoke_user_tokens(actor=actor, user=found)
    return f"every token of the user {row.login}, of every client and on every server"


def _unknown(noun: str, name: str) -> CommandError:
    return CommandError(f"There is no {noun} {name!r}. Nothing was changed.")


WORK: Final[dict[str, Callable[[Actor, str], str]]] = {
    EVERYTHING: _end_all,
    "server": _end_server,
    "client": _end_client,
    "user": _end_user,
}
