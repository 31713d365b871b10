"""Revoking the tokens of selected users or clients, from their lists."""

from typing import Any

from apps.clients.admin.clients import ClientAdmin
from apps.directory.admin.users import UserAdmin
from apps.directory.roles import REVOKE
from apps.systemlog.admin.actions import AdminAction, bulk_action
from apps.systemlog.entries import Actor
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import revoke_matching


def _revoking(column: str, noun: str) -> AdminAction:
    def revoke(actor: Actor, row: Any) -> None:
        revoke_matching(actor=actor, criteria=Criteria(**{column: row.pk}))

    return bulk_action(
        f"revoke_tokens_of_{noun}",
        f"Revoke tokens of {noun}",
        revoke,
        done=f"{noun} have no living token",
        warning=f"All grants and access tokens of these {noun} end at once and for good.",
        permission=REVOKE,
    )


UserAdmin.actions = [*UserAdmin.actions, _revoking("user", "users")]
ClientAdmin.actions = [*ClientAdmin.actions, _revoking("client", "clients")]
