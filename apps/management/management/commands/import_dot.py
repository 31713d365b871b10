"""`manage.py import_dot SOURCE`: applications and living refresh tokens of django-oauth-toolkit."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.clients.models import Client
from apps.management.management.commands.bump_epoch import operator
from apps.management.toolkit.run import USERS, Options, run_import
from apps.management.toolkit.source import opened
from apps.systemlog.context import RequestContext, use
from apps.tokens import clock
from authzsite.domain.validation import InvalidError


class Command(BaseCommand):
    """Say what would come over; with --apply, bring it over. Applications become clients with
    their client IDs and secrets; with --server, living refresh tokens become grants, so that each
    client's next refresh works and gets a token of this server. The source is only read."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """From where, to where, and how users are recognised."""
        parser.add_argument("source", help="path of a SQLite file, or postgresql://…")
        parser.add_argument("--server", default="", help="authorization server of the tokens")
        parser.add_argument("--users", choices=sorted(USERS), default="username")
        parser.add_argument("--user-table", default="auth_user")
        methods = (Client.AuthMethod.BASIC.value, Client.AuthMethod.POST.value)
        parser.add_argument("--auth-method", choices=methods, default=methods[0])
        parser.add_argument("--refresh-days", type=int, default=0, help="how long tokens live")
        parser.add_argument("--assign-everyone", action="store_true")
        parser.add_argument("--apply", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """The report on stdout."""
        days = options["refresh_days"]
        asked = Options(
            server_id=options["server"],
            users=options["users"],
            user_table=options["user_table"],
            auth_method=options["auth_method"],
            lifetime=timedelta(days=days) if days else None,
            assign_everyone=options["assign_everyone"],
            is_applied=options["apply"],
        )
        try:
            with opened(options["source"]) as source, use(RequestContext(kind="JOB")):
                report = run_import(operator(), source, asked, clock.now())
        except InvalidError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(report.lines(is_applied=asked.is_applied)))
