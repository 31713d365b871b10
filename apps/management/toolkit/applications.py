"""Applications of the toolkit as clients (R5)."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from django.db import transaction

from apps.clients.models import Client
from apps.clients.secrets import SecretText, chosen_secret, imported_secret
from apps.clients.services import create_client
from apps.clients.validation import offered
from apps.management.toolkit.report import Report
from apps.management.toolkit.source import Row
from apps.systemlog.entries import Actor
from authzsite.domain import limits
from authzsite.domain.validation import InvalidError
from authzsite.domain.vocabulary import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    REFRESH_TOKEN_GRANT,
)

DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
NOT_OFFERED: Final = {
    "implicit": "the implicit grant isn't offered: move it to the authorization code",
    "password": "the password grant isn't offered: move it to the authorization code",
}
USER_GRANTS: Final = [AUTHORIZATION_CODE, REFRESH_TOKEN_GRANT]
_HASHED: Final = re.compile(r"[a-z0-9_]+\$.+")


class Refused(Exception):  # noqa: N818 - the name of an outcome
    """An application that can't come over, and why."""


def import_application(actor: Actor, row: Row, auth_method: str, report: Report) -> Client | None:
    """The new client, or the one that an earlier run made of it; None when it can't come over."""
    name = f"{row['client_id']} ({row['name'] or 'without a name'})"
    existing = Client.objects.filter(client_id=row["client_id"]).first()
    if existing is not None:
        report.notes.append(f"{name} is here already and stays as it is")
        return existing
    try:
        with transaction.atomic():
            client = _create(actor, row, auth_method, report)
    except (Refused, InvalidError) as error:
        report.skipped.append(f"{name}: {error}")
        return None
    report.clients.append(f"{name}: {client.get_type_display()}")
    return client


def _create(actor: Actor, row: Row, auth_method: str, report: Report) -> Client:
    fields = _fields(row, auth_method)
    is_public = fields["token_endpoint_auth_method"] == Client.AuthMethod.NONE
    secret = None if is_public else _secret(row, report)
    client, _ = create_client(actor=actor, client_id=row["client_id"], secret=secret, **fields)
    if row.get("algorithm") == "HS256":
        report.notes.append(f"{row['client_id']}: ID tokens are signed with the server's key now")
    return client


def _fields(row: Row, auth_method: str) -> dict[str, Any]:
    kind, grants = _kind(row)
    is_public = row["client_type"] == "public"
    with_user = kind != Client.Type.SERVICE
    texts = "post_logout_redirect_uris", "allowed_origins"
    lists = {name: (row.get(name) or "").split() for name in texts}
    return {
        "type": kind,
        "name": (row["name"] or row["client_id"])[: limits.CLIENT_LABEL_LENGTH[1]],
        "grant_types": grants,
        "redirect_uris": row["redirect_uris"].split() if with_user else [],
        "token_endpoint_auth_method": Client.AuthMethod.NONE if is_public else auth_method,
        "rotation_type": Client.Rotation.ROTATE,
        "consent_method": Client.Consent.TRUSTED
        if row.get("skip_authorization")
        else Client.Consent.REQUIRED,
        **lists,
    }


def _kind(row: Row) -> tuple[str, list[str]]:
    """Type and grant types. Public ones with a redirect URI of an app, or of the machine itself,
    are native, others browsers'."""
    grant, is_public = row["authorization_grant_type"], row["client_type"] == "public"
    if grant in NOT_OFFERED:
        raise Refused(NOT_OFFERED[grant])
    if grant == "client-credentials":
        if is_public:
            raise Refused("a public client can't authenticate itself for client_credentials")
        return Client.Type.SERVICE, [CLIENT_CREDENTIALS]
    if grant == DEVICE:
        if DEVICE not in offered(Client.Type.NATIVE):
            raise Refused("the device grant isn't offered")
        return Client.Type.NATIVE, [DEVICE, REFRESH_TOKEN_GRANT]
    if not is_public:
        return Client.Type.WEB, USER_GRANTS
    is_native = any(not _is_web(uri) for uri in row["redirect_uris"].split())
    return (Client.Type.NATIVE if is_native else Client.Type.BROWSER), USER_GRANTS


def _is_web(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme == "https" or parts.hostname == "localhost"


def _secret(row: Row, report: Report) -> SecretText:
    """Hashed ones are kept as they are, plain ones are hashed slowly: nobody knows how they were
    chosen. Both are flagged for rotation."""
    text = row["client_secret"]
    is_hashed = row.get("hash_client_secret", True) and _HASHED.fullmatch(text)
    if is_hashed:
        found = imported_secret(text)
        if found is None:
            raise Refused(f"its secret is hashed by {text.partition('$')[0]}, which isn't known")
        return found
    if not text or len(text) > limits.MAX_PRESENTED_SECRET:
        raise Refused("it has no secret that could be presented")
    report.notes.append(f"{row['client_id']}: its secret was stored in clear; rotate it")
    return chosen_secret(text)
