"""`manage.py createapitoken`: a first key to the management API, printed once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.directory.selectors import find_user
from apps.management.api_tokens.services import create_api_token
from apps.management.management.commands.bump_epoch import operator
from apps.systemlog.context import RequestContext, use
from apps.tokens import clock
from authzsite.domain.validation import InvalidError


class Command(BaseCommand):
    """Make an API token of an administrator and print it: the only time that it can be seen."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, its name, and for how long."""
        parser.add_argument("--owner", required=True, metavar="LOGIN")
        parser.add_argument("--name", required=True)
        parser.add_argument("--days", type=int, default=0, help="until it expires; 0 = never")

    def handle(self, *args: Any, **options: Any) -> None:
        """The text alone on stdout, so that a script can take it."""
        owner = find_user(options["owner"])
        if owner is None:
            raise CommandError(f"There is no user {options['owner']!r}.")
        end = clock.now() + timedelta(days=options["days"]) if options["days"] else None
        try:
            with use(RequestContext(kind="JOB")):
                _, text = create_api_token(
                    actor=operator(), owner=owner, name=options["name"], expires_at=end
                )
        except InvalidError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(text)
