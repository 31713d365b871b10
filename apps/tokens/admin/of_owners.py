"""Revoking the tokens of selected users or clients, from their lists."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.clients.admin.clients import ClientAdmin
from apps.directory.admin.users import UserAdmin
from apps.directory.roles import REVOKE
from apps.systemlog.admin.actions import AdminAction, bulk_action
from apps.systemlog.admin.parts import Words
from apps.systemlog.entries import Actor
from apps.tokens.criteria import Criteria
from apps.tokens.cutoffs import revoke_matching


def _revoking(name: str, column: str, label: Words, *, done: Words, warning: Words) -> AdminAction:
    def revoke(actor: Actor, row: Any) -> None:
        revoke_matching(actor=actor, criteria=Criteria(**{column: row.pk}))

    return bulk_action(name, label, revoke, done=done, warning=warning, permission=REVOKE)


OF_USERS = _revoking(
    "revoke_tokens_of_users",
    "user",
    _("Revoke tokens of users"),
    done=_("users have no living token"),
    warning=_("All grants and access tokens of these users end at once and for good."),
)
OF_CLIENTS = _revoking(
    "revoke_tokens_of_clients",
    "client",
    _("Revoke tokens of clients"),
    done=_("clients have no living token"),
    warning=_("All grants and access tokens of these clients end at once and for good."),
)
UserAdmin.actions = [*UserAdmin.actions, OF_USERS]
ClientAdmin.actions = [*ClientAdmin.actions, OF_CLIENTS]
