"""Delegated administration: a group may own servers and clients, and its administrators may then
change those; others of theirs may look. One function decides, for console and API alike.
"""

from apps.clients.models import Client
from apps.directory.models import User
from apps.servers.models import AuthorizationServer


def may_change(user: User, owned: AuthorizationServer | Client) -> bool:
    """Whether the user may change the server or client, and all that belongs to it."""
    if not (user.is_active and user.is_staff):
        return False
    return user.is_superuser or owned.owners.filter(memberships__user=user).exists()
