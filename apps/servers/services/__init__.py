"""Every change of servers, scopes, claims and keys: one function per change (R1-R3, R15).

Each validates, writes rows, raises the version, logs field by field and enqueues the revocation, in
one transaction. Admin, configuration files and management APIs call these and nothing else.
"""

from apps.servers.services.claims import (
    ClaimFields,
    create_claim,
    delete_claim,
    update_claim,
)
from apps.servers.services.installation import (
    ensure_default_server,
    ensure_installation,
    ensure_organization_server,
    note_cutoffs,
    note_demo,
    revoke_all_tokens,
    revoke_server_tokens,
    set_sign_in_rules,
)
from apps.servers.services.keys import (
    drop_retired_keys,
    revoke_key,
    rotate_due_keys,
    rotate_keys,
)
from apps.servers.services.rows import (
    lock_server,
    touch,
)
from apps.servers.services.scopes import (
    ScopeFields,
    create_scope,
    delete_scope,
    revoke_scope_tokens,
    update_scope,
)
from apps.servers.services.servers import (
    ServerFields,
    activate_server,
    create_server,
    deactivate_server,
    delete_server,
    set_resource_servers,
    set_server_owners,
    update_server,
)

__all__ = [
    "ClaimFields",
    "ScopeFields",
    "ServerFields",
    "activate_server",
    "create_claim",
    "create_scope",
    "create_server",
    "deactivate_server",
    "delete_claim",
    "delete_scope",
    "delete_server",
    "drop_retired_keys",
    "ensure_default_server",
    "ensure_installation",
    "ensure_organization_server",
    "lock_server",
    "note_cutoffs",
    "note_demo",
    "revoke_all_tokens",
    "revoke_key",
    "revoke_scope_tokens",
    "revoke_server_tokens",
    "rotate_due_keys",
    "rotate_keys",
    "set_resource_servers",
    "set_server_owners",
    "set_sign_in_rules",
    "touch",
    "update_claim",
    "update_scope",
    "update_server",
]
