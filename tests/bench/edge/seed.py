"""Our side: one configuration, made by the services, and lists of living tokens.

A process of its own, `python -m tests.bench.edge.seed FOLDER NEED`, with the server's environment.
The first token of a kind is issued by the product itself; the others are copies of its row. Called
again with the same folder it makes new lists for the same configuration.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command

from tests.bench.edge.generator import Request
from tests.bench.edge.subject import (
    ES256,
    INTROSPECT,
    INTROSPECT_JWT,
    KEYS,
    OPAQUE,
    RS256,
    Need,
    asking,
    spending,
    token_requests,
)

DAY_MINUTES = 1440
TEMPLATES = "templates.json"  # tokens, so the folder is private
SCOPES = "openid offline_access orders:read"  # so each refresh signs an ID token, by ES256
FORMATS = {OPAQUE: ("opaque", "ES256"), ES256: ("jwt", "ES256"), RS256: ("jwt", "RS256")}


def main(folder: Path, need: Need) -> None:
    """Everything, into the database that the environment names."""
    django.setup()
    call_command("migrate", verbosity=0)
    from apps.servers.services import ensure_installation

    ensure_installation()
    if not (folder / TEMPLATES).exists():
        configuration(folder)
    templates = json.loads((folder / TEMPLATES).read_text())
    write(folder, "refresh", refresh_tokens(templates["refresh"], need.refresh))
    write(folder, "revoke", access_tokens(templates["access"], need.revoke))
    write(folder, "introspect", access_tokens(templates["access"], need.introspect))
    settle()


def configuration(folder: Path) -> None:
    """Three servers, a client that gets tokens for itself, one for a user, and one that asks."""
    from apps.servers.services import set_resource_servers
    from tests import factories
    from tests.oauth.grants_fixture import client_credentials, make_world, sign_in

    watcher, watcher_secret = factories.make_client_and_secret("service")
    asks = (watcher.client_id, watcher_secret)
    worlds = {
        name: make_world(
            token_format=form,
            server={"signing_alg": algorithm},
            rule={"access_token_minutes": DAY_MINUTES},
            leeway=30,
        )
        for name, (form, algorithm) in FORMATS.items()
    }
    for world in worlds.values():
        set_resource_servers(
            actor=factories.TESTER, server_id=world.server.pk, client_ids=[watcher.pk]
        )
    first = worlds[OPAQUE]
    own = (first.client.client_id, first.secret)
    requests = {
        name: token_requests(f"{world.base}/token", (world.client.client_id, world.secret))
        for name, world in worlds.items()
    }
    requests |= spending(f"{first.base}/token", f"{first.base}/revoke", owner=own, refresher=own)
    requests[INTROSPECT] = asking(f"{first.base}/introspect", asks)
    requests[INTROSPECT_JWT] = asking(f"{worlds[RS256].base}/introspect", asks, "jwt")
    requests[KEYS] = Request(f"{worlds[RS256].base}/keys")
    text = json.dumps({name: asdict(request) for name, request in requests.items()})
    (folder / "requests.json").write_text(text)
    access, refresh = client_credentials(first).access, sign_in(first, SCOPES).refresh
    (folder / TEMPLATES).write_text(json.dumps({"access": access, "refresh": refresh}))


def settle() -> None:
    """What the planner should know, and nothing left to write."""
    from django.db import connection

    from tests.bench import rows

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("RESET statement_timeout")
        rows.settle()


def write(folder: Path, name: str, made: Iterator[tuple[str, str, dict[str, Any]]]) -> None:
    """The rows into their table, the texts into a file."""
    from tests.bench.rows import copy_rows

    found = list(made)
    if found:
        copy_rows((row for _, _, row in found), found[0][1])
    (folder / name).write_text("".join(f"{text}\n" for text, _, _ in found))


def refresh_tokens(refresh: str, count: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """As many families as that, each like the one of this token."""
    from apps.tokens.models import Grant
    from apps.tokens.open_grant import new_grant_id
    from authzsite.domain.tokens import Kind, digest, mint_refresh, new_family_key, parse_refresh

    parts = parse_refresh(refresh)
    assert parts
    grant = Grant.objects.get(pk=parts.grant_id)
    row = {f.attname: getattr(grant, f.attname) for f in Grant._meta.concrete_fields}
    for _ in range(count):
        ident, key = new_grant_id(), new_family_key()
        text = mint_refresh(ident, key)
        own = {"id": ident, "family_key": key.hex(), "refresh_digest": digest(Kind.REFRESH, text)}
        yield text, Grant._meta.db_table, {**row, **own, "code_digest": None, "transaction": None}


def access_tokens(access: str, count: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """As many opaque access tokens as that, each like this one."""
    from apps.tokens.models import AccessToken
    from authzsite.domain.tokens import Kind, digest, mint

    token = AccessToken.objects.get(pk=digest(Kind.ACCESS, access))
    row = {f.attname: getattr(token, f.attname) for f in AccessToken._meta.concrete_fields}
    for _ in range(count):
        text = mint(Kind.ACCESS)
        yield text, AccessToken._meta.db_table, {**row, "digest": digest(Kind.ACCESS, text)}


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "authzsite.settings"
    main(Path(sys.argv[1]), Need(**json.loads(sys.argv[2])))
