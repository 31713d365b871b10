"""More of everything than fits on two pages."""

from dataclasses import dataclass

from apps.clients.models import Client, GroupAssignment, UserAssignment
from apps.directory.models import Group, GroupMembership, User
from apps.servers.models import AuthorizationServer, Scope
from apps.systemlog.entries import Entry
from apps.systemlog.record import record
from tests.factories import TESTER, make_client, make_group, make_server

MANY = 450


@dataclass
class Crowd:
    """Where the crowd is."""

    server_id: str
    app_id: str
    group_id: str


def make_crowd() -> Crowd:
    """Rows as the services write them, without the services' work for each."""
    server, app, group = make_server(), make_client(), make_group()
    numbers = range(MANY)
    users = User.objects.bulk_create(
        User(login=f"c{n}@example.com", email=f"c{n}@example.com", first_name="C", last_name=str(n))
        for n in numbers
    )
    groups = Group.objects.bulk_create(Group(name=f"Crowd {n}") for n in numbers)
    GroupMembership.objects.bulk_create(GroupMembership(group=group, user=one) for one in users)
    UserAssignment.objects.bulk_create(UserAssignment(client=app, user=one) for one in users)
    GroupAssignment.objects.bulk_create(GroupAssignment(client=app, group=one) for one in groups)
    Scope.objects.bulk_create(Scope(server=server, name=f"s{n}") for n in numbers)
    Client.objects.bulk_create(a_client(n) for n in numbers)
    AuthorizationServer.objects.bulk_create(
        AuthorizationServer(name=f"Crowd {n}", audience=f"api://crowd-{n}") for n in numbers
    )
    for _ in numbers:
        record(Entry("user.session.start", actor=TESTER))
    return Crowd(server.pk, app.pk, group.pk)


def a_client(number: int) -> Client:
    """A service."""
    return Client(
        client_id=f"crowd-{number}",
        name=f"Crowd {number}",
        type="service",
        grant_types=["client_credentials"],
    )
