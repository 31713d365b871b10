"""Clients in the console: settings, secrets, assignments; and token policies."""

from apps.clients.admin.clients import ClientAdmin
from apps.clients.admin.token_policies import TokenPolicyAdmin

__all__ = ["ClientAdmin", "TokenPolicyAdmin"]
