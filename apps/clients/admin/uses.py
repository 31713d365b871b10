"""What clients use of the directory, and of policies of their own."""

from django.utils.translation import gettext as _

from apps.clients.models import Client, LoginPolicy, TokenPolicy
from apps.clients.selectors import clients_of_token_policy
from apps.directory.models import Group, User
from apps.systemlog.admin.parts import change_url, part_url
from apps.systemlog.admin.used_by import SHOWN, Use, finds, links


def client_link(client: Client) -> tuple[str, str]:
    """A client by its page."""
    return client.name, change_url("clients.Client", client.pk)


def _assigned(client: Client) -> tuple[str, str]:
    return client.name, part_url("clients.Client", client.pk, "assignments")


@finds("directory.Group")
def of_group(group: Group) -> list[Use]:
    """The clients that it is assigned to, and those that it owns."""
    clients = Client.objects.order_by("name", "pk")
    assigned = clients.filter(group_assignments__group=group)[: SHOWN + 1]
    owned = clients.filter(owners=group)[: SHOWN + 1]
    href = part_url("directory.Group", group.pk, "clients")
    return [
        *links(_("Assigned to"), assigned, _assigned, href),
        *links(_("Owner of clients"), owned, client_link),
    ]


@finds("directory.User")
def of_user(user: User) -> list[Use]:
    """The clients that the user is assigned to directly."""
    clients = Client.objects.filter(user_assignments__user=user).order_by("name", "pk")
    href = part_url("directory.User", user.pk, "clients")
    return links(_("Assigned to, directly"), clients[: SHOWN + 1], _assigned, href)


@finds("clients.Client")
def of_client(client: Client) -> list[Use]:
    """Who is assigned, by what it gets tokens, who owns it."""
    href = part_url("clients.Client", client.pk, "assignments")
    users = User.objects.filter(client_assignments__client=client).order_by("login")
    groups = Group.objects.filter(client_assignments__client=client).order_by("name")
    policies = [client.token_policy] if client.token_policy is not None else []
    return [
        *links(_("Assigned users"), users[: SHOWN + 1], user_link, href),
        *links(_("Assigned groups"), groups[: SHOWN + 1], group_link, href),
        *links(_("Token policy"), policies, token_policy_link),
        *links(_("Owners"), client.owners.order_by("name")[: SHOWN + 1], group_link),
    ]


@finds("clients.TokenPolicy")
def of_token_policy(policy: TokenPolicy) -> list[Use]:
    """Its clients."""
    return links(_("Clients"), clients_of_token_policy(policy)[: SHOWN + 1], client_link)


@finds("clients.LoginPolicy")
def of_login_policy(policy: LoginPolicy) -> list[Use]:
    """Its clients."""
    clients = Client.objects.filter(login_policy=policy).order_by("name", "pk")
    return links(_("Clients"), clients[: SHOWN + 1], client_link)


def user_link(user: User) -> tuple[str, str]:
    """A user by login."""
    return user.login, change_url("directory.User", user.pk)


def group_link(group: Group) -> tuple[str, str]:
    """A group by name."""
    return group.name, change_url("directory.Group", group.pk)


def token_policy_link(policy: TokenPolicy) -> tuple[str, str]:
    """A token policy by title."""
    return policy.title, change_url("clients.TokenPolicy", policy.pk)
