"""How clients, secrets and token policies appear in the system log."""

from collections.abc import Mapping
from typing import Any

from apps.clients.models import Client, ClientSecret, LoginPolicy, TokenPolicy
from apps.systemlog.entries import Actor, Entry, Target

Changes = Mapping[str, tuple[Any, Any]]


def client_target(
    client: Client, changes: Changes | None = None, kind: str = "AppInstance"
) -> Target:
    return Target(client.pk, kind, client.client_id, client.name, changes=changes or {})


def secret_target(secret: ClientSecret, changes: Changes | None = None) -> Target:
    """Without its last characters: the log never holds any part of a secret (R24)."""
    return Target(secret.pk, "ClientSecret", detail={"kind": secret.kind}, changes=changes or {})


def token_policy_target(policy: TokenPolicy, changes: Changes | None = None) -> Target:
    return Target(policy.pk, "TokenPolicy", policy.title, policy.title, changes=changes or {})


def login_policy_target(policy: LoginPolicy, changes: Changes | None = None) -> Target:
    """Without the owner's secret, sealed or not (R24)."""
    return Target(policy.pk, "LoginPolicy", policy.title, policy.title, changes=changes or {})


def lifecycle_entries(
    verb: str, actor: Actor, client: Client, changes: Changes | None = None
) -> tuple[Entry, Entry]:
    """A change of a client is two events, as at Okta; only the application's holds the changes."""
    return (
        Entry(
            f"application.lifecycle.{verb}",
            actor,
            (client_target(client, changes),),
            client_id=client.pk,
        ),
        Entry(
            f"app.oauth2.client.lifecycle.{verb}",
            actor,
            (client_target(client, kind="PublicClientApp"),),
            client_id=client.pk,
        ),
    )
