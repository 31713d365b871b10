"""django-oauth-toolkit's applications and lists of tokens: a process of its own, like `seed`."""

import json
import os
import secrets
import sys
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

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

AT_ONCE = 5000
NAMES = {OPAQUE: "opaque", ES256: "ES256", RS256: "RS256"}


def main(folder: Path, need: Need) -> None:
    """Everything, into the database that the environment names."""
    django.setup()
    call_command("migrate", verbosity=0)
    clients = {name: application(name, "client-credentials") for name in NAMES.values()}
    refresher = application("user", "authorization-code")
    requests = {
        operation: token_requests("/o/token/", clients[name]) for operation, name in NAMES.items()
    }
    own = clients["opaque"]
    requests |= spending("/o/token/", "/o/revoke_token/", owner=own, refresher=refresher)
    requests[INTROSPECT] = asking("/o/introspect/", own)
    requests[INTROSPECT_JWT] = asking("/o/introspect/", clients["RS256"], "jwt")
    requests[KEYS] = Request("/o/.well-known/jwks.json")
    for name, count in (("revoke", need.revoke), ("introspect", need.introspect)):
        write(folder, name, access_tokens(own[0], count))
    write(folder, "refresh", refresh_tokens(refresher[0], need.refresh))
    text = json.dumps({name: asdict(request) for name, request in requests.items()})
    (folder / "requests.json").write_text(text)


def application(name: str, grant_type: str) -> tuple[str, str]:
    """A confidential client; its id and secret."""
    from oauth2_provider.models import Application

    secret = secrets.token_urlsafe(32)
    made = Application.objects.create(
        name=name,
        client_secret=secret,
        client_type="confidential",
        authorization_grant_type=grant_type,
        redirect_uris="https://app.example.com/callback",
    )
    return made.client_id, secret


def access_tokens(client_id: str, count: int, **fields: object) -> list[str]:
    """Living ones of a client."""
    from django.utils import timezone
    from oauth2_provider.models import AccessToken, Application

    own = Application.objects.get(client_id=client_id)
    expires = timezone.now() + timedelta(days=1)
    texts = [secrets.token_urlsafe(22) for _ in range(count)]
    AccessToken.objects.bulk_create(
        (
            AccessToken(token=text, expires=expires, scope="orders:read", application=own, **fields)
            for text in texts
        ),
        batch_size=AT_ONCE,
    )
    return texts


def refresh_tokens(client_id: str, count: int) -> list[str]:
    """Each with the access token that came with it."""
    from django.contrib.auth.models import User
    from oauth2_provider.models import AccessToken, RefreshToken

    user = User.objects.create(username="ada")
    access = access_tokens(client_id, count, user=user)
    texts = [secrets.token_urlsafe(22) for _ in range(count)]
    rows = AccessToken.objects.filter(token__in=access)
    RefreshToken.objects.bulk_create(
        (
            RefreshToken(token=text, user=user, application_id=one.application_id, access_token=one)
            for text, one in zip(texts, rows, strict=True)
        ),
        batch_size=AT_ONCE,
    )
    return texts


def write(folder: Path, name: str, texts: list[str]) -> None:
    """One a line."""
    (folder / name).write_text("".join(f"{text}\n" for text in texts))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.edge.toolkit_settings"
    main(Path(sys.argv[1]), Need(**json.loads(sys.argv[2])))
