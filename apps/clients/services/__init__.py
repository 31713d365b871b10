"""Every change of clients, secrets, assignments and token policies: one function each.

In one transaction each validates the whole object, locks the client, counts its `version` up, and
its `epoch` too when the change revokes (R15), writes the log event, and the outbox row. Forms,
APIs and commands call these and never write rows themselves.
"""

from apps.clients.services.assignments import (
    assign_group,
    assign_user,
    unassign_group,
    unassign_user,
    update_group_assignment,
    update_user_assignment,
)
from apps.clients.services.clients import (
    ClientFields,
    activate_client,
    create_client,
    deactivate_client,
    delete_client,
    revoke_client_tokens,
    update_client,
)
from apps.clients.services.guard import ensure_manageable_after, manages_configuration
from apps.clients.services.login_policies import (
    IdentityStore,
    LoginPolicyFields,
    create_login_policy,
    delete_login_policy,
    owner_secret_is,
    update_login_policy,
)
from apps.clients.services.owners import set_client_owners
from apps.clients.services.secrets import (
    activate_secret,
    create_secret,
    deactivate_secret,
    delete_secret,
    note_secret_use,
    revoke_secret_now,
    rotate_secret,
)
from apps.clients.services.token_policies import (
    TokenPolicyFields,
    create_token_policy,
    delete_token_policy,
    update_token_policy,
)

__all__ = [
    "ClientFields",
    "IdentityStore",
    "LoginPolicyFields",
    "TokenPolicyFields",
    "activate_client",
    "activate_secret",
    "assign_group",
    "assign_user",
    "create_client",
    "create_login_policy",
    "create_secret",
    "create_token_policy",
    "deactivate_client",
    "deactivate_secret",
    "delete_client",
    "delete_login_policy",
    "delete_secret",
    "delete_token_policy",
    "ensure_manageable_after",
    "manages_configuration",
    "note_secret_use",
    "owner_secret_is",
    "revoke_client_tokens",
    "revoke_secret_now",
    "rotate_secret",
    "set_client_owners",
    "unassign_group",
    "unassign_user",
    "update_client",
    "update_group_assignment",
    "update_login_policy",
    "update_token_policy",
    "update_user_assignment",
]
