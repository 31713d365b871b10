"""`manage.py second_person SERVER`: one server's four eyes, off in an emergency, on at any time."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.management.management.commands.bump_epoch import operator
from apps.servers.models import AuthorizationServer
from apps.servers.services import update_server
from apps.servers.services.second_person import in_emergency
from apps.systemlog.context import RequestContext, use


class Command(BaseCommand):
    """Whether changes of one authorization server need a second person. Who has a shell may switch
    it off alone when nobody else is there: the log tells that nobody stood behind it."""

    help = __doc__
    requires_system_checks: list[str] = []  # a broken setting mustn't keep anybody from this

    def add_arguments(self, parser: CommandParser) -> None:
        """The server, and which way."""
        parser.add_argument("server", help="the id of an authorization server")
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--on", action="store_true", help="ask for a second person from now on")
        way.add_argument("--off", action="store_true", help="in an emergency: alone from now on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say where the log has it."""
        server_id, is_on, actor = options["server"], options["on"], operator()
        with use(RequestContext(kind="JOB")) as context, in_emergency(server_id, actor):
            try:
                update_server(actor=actor, server_id=server_id, second_person=is_on)
            except AuthorizationServer.DoesNotExist:
                raise CommandError(f"There is no authorization server {server_id!r}.") from None
        words = "ask for a second person" if is_on else "are made by one person alone"
        self.stdout.write(f"Changes of {server_id} {words}. In the log as {context.reference}.")
