"""What an empty installation gets at its first start: servers, an administrator, a demo to look at.

Runs at every start under the lock of the installation's row; from the second on it only reads.
"""

import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TextIO

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction

from apps.clients.models import ActiveStatus, Client
from apps.directory.models import User
from apps.directory.services import create_user
from apps.management.configuration.carrier import NewSecret
from apps.management.configuration.run import apply
from apps.management.configuration.stored_secrets import is_stored
from apps.policies.models import Policy
from apps.servers.models import AuthorizationServer, Installation
from apps.servers.services import ensure_installation, note_demo
from apps.systemlog.entries import SYSTEM
from authzsite.domain.validation import InvalidError

ADMINISTRATOR: Final = "admin"
DEMO_FILE: Final = Path(settings.ROOT) / "deploy" / "demo.yaml"
DEMO_CLIENT: Final = "demo-service"
DEMO_PERSON: Final = "alice@example.com"


def first_run(stdout: TextIO) -> list[str]:
    """Create what is missing; the lines to print once everything answers."""
    with transaction.atomic():
        installation = ensure_installation()
        password = ensure_administrator()
        if settings.DEMO and is_untouched(installation):
            apply_demo()
    if password:  # now, and not at the end: nobody will ever see it again
        print(f"Administrator: {ADMINISTRATOR}, password {password} (shown once)", file=stdout)
        stdout.flush()
    return [f"Console: {settings.BASE_URL}/admin/ (sign in as {ADMINISTRATOR})", *what_to_try()]


def ensure_administrator() -> str:
    """The first superuser; the password when it was generated, else nothing."""
    if User.objects.filter(is_superuser=True).exists():
        return ""
    password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(15)
    try:
        create_user(
            actor=SYSTEM,
            login=ADMINISTRATOR,
            email=f"{ADMINISTRATOR}@{settings.HOST}",
            first_name="Site",
            last_name="Administrator",
            password=password,
            is_superuser=True,
        )
    except InvalidError as error:
        raise CommandError(f"The administrator can't be created: {error}") from None
    return "" if settings.ADMIN_PASSWORD else password


def is_untouched(installation: Installation) -> bool:
    """Whether nobody has configured anything: a demo must not change what is somebody's."""
    if installation.demo_applied:
        return False
    return not Client.objects.exists() and not Policy.objects.exists()


def apply_demo() -> None:
    """The demo organisation, once, and its secrets for the lines that later starts print."""
    result = apply(DEMO_FILE.read_bytes(), name=DEMO_FILE.name)
    note_demo()
    store_secrets(result.secrets)


def secrets_file() -> Path:
    """Where the demo's generated secrets are kept, for nobody else to read."""
    return Path(settings.DATA_DIR) / "secrets" / "demo.json"


def store_secrets(found: Iterable[NewSecret]) -> None:
    """Whole or not at all, mode 0600."""
    file = secrets_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        json.dump({one.name: one.text for one in found}, target, indent=2)
    draft.replace(file)


def stored_secrets() -> dict[str, str]:
    """Empty when there are none, or none that can be read."""
    try:
        found = json.loads(secrets_file().read_text())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def what_to_try() -> list[str]:
    """Lines to paste while the demo is as it was, else what to do next."""
    known = stored_secrets()
    secret = known.get(DEMO_CLIENT, "")
    if not is_demo_usable(secret):
        return next_steps()
    person = known.get(DEMO_PERSON)
    return [
        f"Issuer: {settings.BASE_URL}/oauth2/default",
        f"Demo client: {DEMO_CLIENT}, secret {secret}",
        *([f"Demo person: {DEMO_PERSON}, password {person}"] if person else []),
        *curl_lines(secret),
    ]


def is_demo_usable(secret: str) -> bool:
    """Whether the demo's service still has this secret, and a server to ask."""
    rows = Client.objects.prefetch_related("secrets")
    client = rows.filter(client_id=DEMO_CLIENT, status=ActiveStatus.ACTIVE).first()
    server = AuthorizationServer.objects.filter(pk="default", status=ActiveStatus.ACTIVE)
    return bool(secret and client and is_stored(client, secret) and server.exists())


def curl_lines(secret: str) -> list[str]:
    """A token, a denial with its explanation, an introspection: to be pasted."""
    base = f"{settings.BASE_URL}/oauth2/default/v1"
    curl = f"curl -s{'k' if settings.TLS_CERT else ''} -u {DEMO_CLIENT}:{secret}"
    grant = f"{curl} -d grant_type=client_credentials"
    pick = r"""sed 's/.*"access_token":"\([^"]*\)".*/\1/'"""
    token = f"{grant} {base}/token | {pick}"
    return [
        "",
        "A token:",
        f"  {grant} -d scope=orders:read {base}/token",
        "No token; its error_uri explains why, to an administrator:",
        f"  {grant} -d scope=orders:delete {base}/token",
        "What a token is worth:",
        f'  {curl} -d token="$({token})" {base}/introspect',
        "",
    ]


def next_steps() -> list[str]:
    """What to do in an installation without the demo, or with another one by now."""
    return [
        f"Issuer: {settings.BASE_URL}/oauth2/default",
        "Next: describe your API in the console, or in a file like deploy/demo.yaml:",
        "  manage.py plan FILE shows what would change, manage.py apply FILE does it.",
    ]
