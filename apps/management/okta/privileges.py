"""Row 260: a client can't hand out, by way of people, what its own token doesn't reach.

Who may set an administrator's password is that administrator; who may fill a group that owns
servers or clients may let others change those. A person's API token needs no such check: only
superusers change the directory.
"""

from rest_framework.request import Request

from apps.directory.models import Group, User
from apps.management.okta.callers import ApiKey
from apps.management.okta.faults import forbidden
from apps.management.resource_server import ConfigurationToken
from authzsite.domain.api_scopes import permits


def check_may_change(request: Request, row: User | Group) -> None:
    """Refuse (403) a client that would change an administrator, or a group that owns what it can't
    change itself."""
    if isinstance(request.auth, ApiKey):
        return
    token: ConfigurationToken = request.auth  # type: ignore[assignment]
    if isinstance(row, User):
        is_allowed = not (row.is_staff or row.is_superuser)
    else:
        is_allowed = _reaches(token, row)
    if not is_allowed:
        raise forbidden("beyond_own_rights")


def _reaches(token: ConfigurationToken, group: Group) -> bool:
    """Whether the token may change all that the group owns."""
    owned = [("authorizationServers", pk) for pk in _ids(group.owned_servers)]
    owned += [("apps", pk) for pk in _ids(group.owned_clients)]
    return all(permits(token.scopes, "PUT", ("api", "v1", kind, pk)) for kind, pk in owned)


def _ids(rows: object) -> list[str]:
    return list(rows.values_list("pk", flat=True))  # type: ignore[attr-defined]
