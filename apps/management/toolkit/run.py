"""The whole import: in one transaction, which only `--apply` lets stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from apps.clients.models import Client
from apps.clients.services import assign_group
from apps.directory.models import Group, User
from apps.management.toolkit.applications import import_application
from apps.management.toolkit.report import Report
from apps.management.toolkit.source import Source, is_table_name
from apps.management.toolkit.tokens import Target, import_token
from apps.servers.models import AuthorizationServer
from apps.systemlog.entries import Actor
from authzsite.domain.validation import Invalid, InvalidError
from authzsite.domain.vocabulary import REFRESH_TOKEN_GRANT

# How a user over there is known here: their column → ours.
USERS: Final = {
    "username": ("username", "login"),
    "email": ("email", "email"),
    "email-as-login": ("email", "login"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator said. Without a server no tokens come over."""

    server_id: str = ""
    users: str = "username"
    user_table: str = "auth_user"
    auth_method: str = Client.AuthMethod.BASIC
    lifetime: timedelta | None = None
    assign_everyone: bool = False
    is_applied: bool = False


def run_import(actor: Actor, source: Source, options: Options, now: datetime) -> Report:
    """Do it, or only see what it would do. Raises InvalidError."""
    _check(options)
    report = Report()
    with transaction.atomic():
        clients = _clients(actor, source, options, report)
        if options.server_id:
            users = _users(source, options)
            target = Target(options.server_id, users, clients, options.lifetime, now)
            for row in source.refresh_tokens():
                import_token(actor, row, target, report)
        transaction.set_rollback(not options.is_applied)
    return report


def _check(options: Options) -> None:
    if not is_table_name(options.user_table):
        raise InvalidError(Invalid("user_table", "must be the plain name of a table"))
    known = AuthorizationServer.objects.filter(is_organization=False)
    if options.server_id and not known.filter(pk=options.server_id).exists():
        raise InvalidError(Invalid("server", "names no authorization server"))


def _clients(
    actor: Actor, source: Source, options: Options, report: Report
) -> Mapping[Any, Client]:
    everyone = Group.objects.get(type=Group.Type.BUILT_IN)
    found: dict[Any, Client] = {}
    for row in source.applications():
        before = len(report.clients)
        client = import_application(actor, row, options.auth_method, report)
        if client is None:
            continue
        found[row["id"]] = client
        is_new = len(report.clients) > before
        if is_new and options.assign_everyone and REFRESH_TOKEN_GRANT in client.grant_types:
            assign_group(actor=actor, client=client, group=everyone)
    return found


def _users(source: Source, options: Options) -> dict[str, User]:
    """By their id over there. Who isn't unique here is nobody."""
    theirs, ours = USERS[options.users]
    names = {str(row["id"]): row.get(theirs) or "" for row in source.users(options.user_table)}
    known: dict[str, list[User]] = {}
    for user in User.objects.filter(**{f"{ours}__in": set(names.values()) - {""}}):
        known.setdefault(getattr(user, ours), []).append(user)
    return {pk: known[name][0] for pk, name in names.items() if len(known.get(name, ())) == 1}
