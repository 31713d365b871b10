"""A client's creation, changes and end."""

from typing import Any, Final, TypedDict, Unpack

from django.db import transaction

from apps.clients.models import ActiveStatus, Client, LoginPolicy, TokenPolicy
from apps.clients.secrets import SecretText
from apps.clients.services.guard import ensure_manageable_after
from apps.clients.services.origins import write_origins
from apps.clients.services.secrets import add_secret, remove_secrets
from apps.clients.services.versions import revoke_client
from apps.clients.targets import client_target, lifecycle_entries
from apps.clients.validation import client_problems
from apps.directory.owners import ids_of_owners
from apps.directory.rows import Changes, assign, created, lock, lost, plain, save, unique
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.record import record
from authzsite.domain.validation import raise_if
from authzsite.domain.vocabulary import AUTHORIZATION_CODE, CLIENT_CREDENTIALS


class ClientFields(TypedDict, total=False):
    """What can be given at creation and changed later; `client_id` and `type` can't be changed."""

    name: str
    grant_types: list[str]
    response_types: list[str]
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    token_endpoint_auth_method: str
    jwks: dict[str, Any]
    jwks_uri: str
    pkce_required: bool
    consent_method: str
    rotation_type: str
    leeway: int
    allowed_origins: list[str]
    client_uri: str
    logo_uri: str
    tos_uri: str
    policy_uri: str
    initiate_login_uri: str
    token_policy: TokenPolicy | None
    login_policy: LoginPolicy | None


FIELDS: Final = tuple(ClientFields.__annotations__)
REVOKING: Final = frozenset(  # R15
    {
        "grant_types",
        "token_endpoint_auth_method",
        "redirect_uris",
        "jwks",
        "jwks_uri",
        "token_policy",
    }
)
ASSIGNMENTS_KEPT: Final = 500  # of each kind, in the event of a deletion: it stays readable
SECRET_METHODS: Final = frozenset({Client.AuthMethod.BASIC, Client.AuthMethod.POST})


@transaction.atomic
def create_client(
    *,
    actor: Actor,
    type: str,
    client_id: str = "",
    secret: str | SecretText | None = None,
    activate: bool = True,
    registered_by: str = "",
    **fields: Unpack[ClientFields],
) -> tuple[Client, str | None]:
    """A new client, and its secret in clear, this once, when it authenticates by secret.

    `client_id` defaults to the id, `secret` (chosen or imported: slow to check, flagged for
    rotation) to a generated one. `registered_by`: whose registration it is, if it is one (RFC
    7591).
    """
    client = Client(type=type, registered_by=registered_by, **defaults_of(type))
    assign(client, fields)
    client.client_id = client_id or client.pk
    client.status = ActiveStatus.ACTIVE if activate else ActiveStatus.INACTIVE
    if "response_types" not in fields and AUTHORIZATION_CODE in client.grant_types:
        client.response_types = ["code"]
    raise_if(client_problems(client))
    with unique("client_id"):
        client.save(force_insert=True)
    write_origins(client)
    changes = created(client, ("client_id", "type", "status", *FIELDS))
    record(*lifecycle_entries("create", actor, client, changes))
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        return client, None
    return client, add_secret(actor, client, secret)[1]


@transaction.atomic
def update_client(*, actor: Actor, client: Client, **fields: Unpack[ClientFields]) -> Client:
    """Change a client; what tokens stand on (R15, `REVOKING`) ends them."""
    with ensure_manageable_after(field="token_policy", is_concerned=is_configuration(client)):
        row = lock(client)
        changes = assign(row, fields)
        if not changes:
            return row
        raise_if(client_problems(row))
        is_revoking = any(_is_revoking(name, changes) for name in changes)
        save(row, changes, bump=("version", "epoch") if is_revoking else ("version",))
        record(*lifecycle_entries("update", actor, row, changes))
        if changes.keys() & {"redirect_uris", "allowed_origins"}:
            write_origins(row)
        if row.is_public:
            remove_secrets(actor, row, row.secrets.all())
        if is_revoking:
            revoke_client(row, "application.lifecycle.update", is_counted=True)
    return row


@transaction.atomic
def activate_client(*, actor: Actor, client: Client) -> Client:
    """Let the client be used again; earlier tokens stay dead (R16)."""
    return _set_status(actor, client, ActiveStatus.ACTIVE, "activate")


@transaction.atomic
def deactivate_client(*, actor: Actor, client: Client) -> Client:
    """Stop the client and end its tokens (R15); the last configuration client is kept (R23)."""
    with ensure_manageable_after(is_concerned=is_configuration(client)):
        return _set_status(actor, client, ActiveStatus.INACTIVE, "deactivate")


@transaction.atomic
def revoke_client_tokens(*, actor: Actor, client: Client) -> Client:
    """End every token of the client at once (R18); nothing else of it changes."""
    row = lock(client)
    save(row, (), bump=("version", "epoch"))
    target = client_target(row, kind="PublicClientApp")
    record(Entry("app.oauth2.as.token.revoke", actor, (target,), client_id=row.pk))
    revoke_client(row, "revoked", is_counted=True)
    return row


@transaction.atomic
def delete_client(*, actor: Actor, client: Client) -> None:
    """Remove a client for good, with secrets and assignments. Its id is never used again."""
    with ensure_manageable_after(is_concerned=is_configuration(client)):
        row = lock(client)
        record(*lifecycle_entries("delete", actor, row, _lost(row)))
        revoke_client(row, "application.lifecycle.delete")
        row.delete()


def assignment_values(row: Any, column: str) -> dict[str, Any]:
    """An assignment as an event keeps it: whom, from when, until when."""
    window = {name: plain(getattr(row, name)) for name in ("valid_from", "valid_until")}
    return {"id": getattr(row, column), **window}


def _lost(client: Client) -> Changes:
    """What goes with the client, but its secrets, of which the log holds nothing (R24)."""
    names = ("client_id", "type", "status", "registered_by", *FIELDS)
    found = lost(client, names, owners=ids_of_owners(client))
    for name, column in (("user_assignments", "user_id"), ("group_assignments", "group_id")):
        rows = list(getattr(client, name).order_by("pk")[: ASSIGNMENTS_KEPT + 1])
        if rows and len(rows) <= ASSIGNMENTS_KEPT:
            found[name] = ([assignment_values(one, column) for one in rows], None)
    return found


def is_configuration(client: Client) -> bool:
    """Whether R23 looks at this client."""
    return client.type == Client.Type.CONFIG


def _set_status(actor: Actor, client: Client, status: ActiveStatus, verb: str) -> Client:
    row = lock(client)
    changes = assign(row, {"status": status.value})
    if not changes:
        return row
    is_revoking = status == ActiveStatus.INACTIVE
    save(row, changes, bump=("version", "epoch") if is_revoking else ("version",))
    record(*lifecycle_entries(verb, actor, row, changes))
    if is_revoking:
        revoke_client(row, f"application.lifecycle.{verb}", is_counted=True)
    return row


def _is_revoking(name: str, changes: Changes) -> bool:
    """Whether tokens stand on this field; the order of a list means nothing."""
    before, after = changes[name]
    if isinstance(before, list):
        return name in REVOKING and sorted(before) != sorted(after)
    return name in REVOKING


def defaults_of(client_type: str) -> dict[str, Any]:
    """As at Okta: browsers are public and rotate refresh tokens, others have a secret."""
    machine = client_type in {Client.Type.SERVICE, Client.Type.CONFIG}
    browser = client_type == Client.Type.BROWSER
    return {
        "grant_types": [CLIENT_CREDENTIALS if machine else AUTHORIZATION_CODE],
        "token_endpoint_auth_method": Client.AuthMethod.NONE
        if browser
        else Client.AuthMethod.BASIC,
        "rotation_type": Client.Rotation.ROTATE if browser else Client.Rotation.STATIC,
    }
