"""Which applications have access to somebody's account: what was allowed, and what is in use."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from apps.clients.models import Client
from apps.directory.models import User
from apps.servers.models import AuthorizationServer, Scope
from apps.tokens.models import Consent, Grant
from apps.tokens.selectors import Stands, live_grants

MOST: Final = 500  # consents or grants of one person that are looked at, the newest first


@dataclass
class Access:
    """What an application may do on one server."""

    server: str
    scopes: dict[str, str] = field(default_factory=dict)  # name and what people are shown


@dataclass
class Application:
    """One client, with all that somebody lets it do."""

    client: Client
    since: datetime
    last_used: datetime | None
    access: list[Access]


def applications_of(user: User, now: datetime) -> list[Application]:
    """All that have remembered consents or living grants, by name. Five statements, whatever the
    number."""
    consents = list(Consent.objects.filter(user_id=user.pk).order_by("-created")[:MOST])
    living = live_grants(now).filter(Stands(), user_id=user.pk).order_by("-pk")
    grants = list(living[:MOST])
    ids = {row.client_id for row in _rows(consents, grants)}
    clients = Client.objects.filter(pk__in=ids).order_by("name", "pk")
    words = _Words(consents, grants)
    return [_application(client, consents, grants, words) for client in clients]


def application_of(user: User, client_id: str, now: datetime) -> Application | None:
    """One of them, None when it has no access."""
    found = (one for one in applications_of(user, now) if one.client.pk == client_id)
    return next(found, None)


def _application(
    client: Client, consents: Iterable[Consent], grants: Iterable[Grant], words: "_Words"
) -> Application:
    allowed = [one for one in consents if one.client_id == client.pk]
    held = [one for one in grants if one.client_id == client.pk]
    pairs = {(one.server_id, one.scope) for one in allowed}
    pairs |= {(one.server_id, scope) for one in held for scope in one.scopes.split()}
    used = [moment for one in held for moment in (one.last_used_at, one.code_consumed_at) if moment]
    return Application(
        client=client,
        since=min(one.created for one in _rows(allowed, held)),
        last_used=max(used, default=None),
        access=words.access(pairs),
    )


def _rows(consents: Iterable[Consent], grants: Iterable[Grant]) -> list[Consent | Grant]:
    return [*consents, *grants]


class _Words:
    """Names of servers and scopes, looked up once for all applications."""

    def __init__(self, consents: Iterable[Consent], grants: Iterable[Grant]) -> None:
        ids = {row.server_id for row in _rows(consents, grants)}
        rows = AuthorizationServer.objects.filter(pk__in=ids)
        self.servers = dict(rows.values_list("pk", "name"))
        scopes = Scope.objects.filter(server_id__in=ids)
        listed = scopes.values_list("server_id", "name", "display_name")[: MOST * 10]
        self.scopes = {(server, name): shown for server, name, shown in listed}

    def access(self, pairs: Iterable[tuple[str, str]]) -> list[Access]:
        """By server, each with its scopes in order."""
        found: dict[str, Access] = {}
        for server_id, scope in sorted(pairs):
            name = self.servers.get(server_id, server_id)
            shown = self.scopes.get((server_id, scope)) or scope
            found.setdefault(server_id, Access(name)).scopes[scope] = shown
        return list(found.values())
