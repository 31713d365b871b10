"""Living refresh tokens of the toolkit as grants.

Each is decided anew: it comes over if the server's policies would grant the same scopes to this
user by this client now, and stands on that decision like every other grant (R15). The toolkit's
database holds the token itself or its SHA-256; either is enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.clients.models import Client
from apps.directory.models import User
from apps.management.toolkit.report import Report
from apps.management.toolkit.source import Row
from apps.oauth import runtime
from apps.oauth.facts import access_request
from apps.systemlog.entries import Actor
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.imports import Imported, import_refresh_token
from apps.tokens.standing import stamp
from apps.tokens.store import Lookup
from authzsite.domain.imported_tokens import checksum, grant_named_by
from authzsite.domain.policy import evaluate
from authzsite.domain.vocabulary import AUTHORIZATION_CODE, REFRESH_TOKEN_GRANT


@dataclass(frozen=True, slots=True)
class Target:
    """Where tokens go, and how users are recognised. `users`: id over there → here."""

    server_id: str
    users: Mapping[str, User]
    clients: Mapping[Any, Client]
    lifetime: timedelta | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


class Skipped(Exception):  # noqa: N818 - the name of an outcome
    """A token that can't come over, and why."""


def import_token(actor: Actor, row: Row, target: Target, report: Report) -> None:
    """One token, or the reason against it."""
    try:
        token = _decided(row, target)
    except Skipped as reason:
        report.tokens_skipped[str(reason)] += 1
        return
    if import_refresh_token(actor=actor, token=token, now=target.now):
        report.tokens += 1
    else:
        report.tokens_skipped["imported before"] += 1


def _decided(row: Row, target: Target) -> Imported:
    client = target.clients.get(row["application_id"])
    user = target.users.get(str(row["user_id"]))
    if client is None or REFRESH_TOKEN_GRANT not in client.grant_types:
        raise Skipped("their client didn't come over, or has no refresh tokens here")
    if user is None:
        raise Skipped("their user isn't known here")
    issued, end = moment(row["created"]), _end(row, target)
    if end is not None and end <= target.now:
        raise Skipped("their time is over")
    if row["granted_scope"] is None:
        raise Skipped("their scopes are no longer known")
    scopes = tuple(row["granted_scope"].split())
    return _stood(_checksum(row), client, user, scopes, issued, end, target)


def _stood(
    print_: str,
    client: Client,
    user: User,
    scopes: tuple[str, ...],
    issued: datetime,
    end: datetime | None,
    target: Target,
) -> Imported:
    """With the decision of now."""
    lookup = Lookup(user=user.pk, profile=True)
    reading = drive(DjangoStore().read(target.server_id, client.client_id, lookup, target.now))
    if reading.server is None or reading.client is None:
        raise Skipped("the server isn't there")
    server = runtime.server_snapshot(reading.server)
    request = access_request(
        server,
        runtime.client_snapshot(reading.client),
        reading,
        grant_type=AUTHORIZATION_CODE,
        requested=scopes,
        now=target.now,
    )
    decision = evaluate(server.book, request)
    vector = stamp(reading, server, decision.config_epochs)
    if not decision.is_allowed or decision.lifetimes is None or vector is None:
        raise Skipped("the policies here don't grant their scopes to their user")
    return Imported(
        checksum=print_,
        server_id=server.id,
        client_id=client.pk,
        user_id=user.pk,
        policy_id=decision.policy_id,
        rule_id=decision.rule_id,
        scopes=decision.scopes,
        lifetimes=decision.lifetimes,
        vector=vector,
        issued=issued,
        expires_at=end,
    )


def _checksum(row: Row) -> str:
    """Of the token itself where it is stored: only then its form is known, too."""
    text = row.get("token") or ""
    if text:
        if grant_named_by(text) is None:
            raise Skipped("they are shorter than 20 characters, or hold other ones than tokens do")
        return checksum(text)
    found = row.get("token_checksum") or ""
    if len(found) != 64:
        raise Skipped("neither token nor checksum is stored")
    return str(found)


def _end(row: Row, target: Target) -> datetime | None:
    return moment(row["created"]) + target.lifetime if target.lifetime else None


def moment(value: Any) -> datetime:
    """A moment as either database gives it: the toolkit's are in UTC."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
