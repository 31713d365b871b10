"""Every change of users, groups and memberships: one function each, with its log event.

In one transaction each validates, locks the row, counts epochs up when the change revokes (R15),
and writes the outbox row. Forms, APIs and commands call these and never write rows themselves.
"""

from apps.directory.services.addresses import verify_address
from apps.directory.services.administrators import revoke_administrator, set_administrator
from apps.directory.services.groups import (
    add_member,
    create_group,
    delete_group,
    remove_member,
    update_group,
)
from apps.directory.services.lifecycle import (
    activate_user,
    deactivate_user,
    delete_user,
    expire_password,
    lock_user,
    reactivate_user,
    reset_password,
    revoke_user_tokens,
    suspend_user,
    unlock_user,
    unsuspend_user,
)
from apps.directory.services.passwords import set_password
from apps.directory.services.second_factors import reset_second_factors, use_step
from apps.directory.services.sessions import end_sessions
from apps.directory.services.users import create_user, update_user

__all__ = [
    "activate_user",
    "add_member",
    "create_group",
    "create_user",
    "deactivate_user",
    "delete_group",
    "delete_user",
    "end_sessions",
    "expire_password",
    "lock_user",
    "reactivate_user",
    "remove_member",
    "reset_password",
    "reset_second_factors",
    "revoke_administrator",
    "revoke_user_tokens",
    "set_administrator",
    "set_password",
    "suspend_user",
    "unlock_user",
    "unsuspend_user",
    "update_group",
    "update_user",
    "verify_address",
    "use_step",
]
