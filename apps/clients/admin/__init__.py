"""Clients in the console: settings, secrets, assignments; and token policies."""

from apps.clients.admin import uses
from apps.clients.admin.clients import ClientAdmin
from apps.clients.admin.login_policies import LoginPolicyAdmin
from apps.clients.admin.token_policies import TokenPolicyAdmin

__all__ = ["ClientAdmin", "LoginPolicyAdmin", "TokenPolicyAdmin", "uses"]
