"""Authorization servers in the console: the list, settings, scopes, claims; the installation.

A server's tabs need policies and tokens too, so they live above, in `apps.oauth.console`.
"""

from apps.servers.admin import tested, uses
from apps.servers.admin.claims import ClaimAdmin
from apps.servers.admin.installation import InstallationAdmin
from apps.servers.admin.scopes import ScopeAdmin
from apps.servers.admin.servers import AuthorizationServerAdmin

__all__ = [
    "AuthorizationServerAdmin",
    "ClaimAdmin",
    "InstallationAdmin",
    "ScopeAdmin",
    "tested",
    "uses",
]
