"""What servers use of clients and groups; where a claim goes."""

from django.utils.translation import gettext as _

from apps.clients.models import Client
from apps.directory.models import Group
from apps.servers.admin.page import SERVER, tab_url
from apps.servers.models import AuthorizationServer, Claim, Scope
from apps.servers.selectors import protected_by
from apps.systemlog.admin.parts import change_url
from apps.systemlog.admin.used_by import SHOWN, Use, finds, links
from authzsite.domain.group_filters import matches_group

FILTERS_READ = 500


def server_link(server: AuthorizationServer) -> tuple[str, str]:
    """A server by its page."""
    return server.name, change_url(SERVER, server.pk)


def claim_link(claim: Claim) -> tuple[str, str]:
    """A claim of some server."""
    return f"{claim.server.name}: {claim.name}", change_url("servers.Claim", claim.pk)


@finds("clients.Client")
def of_client(client: Client) -> list[Use]:
    """The servers whose protected API it is (R4a)."""
    return links(_("Protected API of"), protected_by(client.pk)[: SHOWN + 1], server_link)


@finds("directory.Group")
def of_group(group: Group) -> list[Use]:
    """The servers that it owns, and the claims whose filter lets its name through."""
    owned = AuthorizationServer.objects.filter(owners=group).order_by("name")
    filters = Claim.objects.filter(value_type=Claim.ValueType.GROUPS).select_related("server")
    claims = [
        one
        for one in filters.order_by("server__name", "name")[:FILTERS_READ]
        if matches_group(one.group_filter_type, one.value, group.name)
    ]
    return [
        *links(_("Owner of servers"), owned[: SHOWN + 1], server_link),
        *links(_("Claims that name it"), claims, claim_link),
    ]


@finds("servers.Claim")
def of_claim(claim: Claim) -> list[Use]:
    """The scopes with which alone it is given."""
    scopes = Scope.objects.filter(server=claim.server_id, name__in=claim.scopes).order_by("name")
    href = tab_url(claim.server_id, "scopes")
    return links(_("Only with scopes"), scopes[: SHOWN + 1], scope_link, href)


def scope_link(scope: Scope) -> tuple[str, str]:
    """A scope by name."""
    return scope.name, change_url("servers.Scope", scope.pk)
