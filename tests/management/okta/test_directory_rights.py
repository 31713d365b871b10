"""Row 260 over the directory: a client hands out nothing, by way of people, that it can't do."""

import pytest

from apps.clients.models import Client
from apps.servers.models import AuthorizationServer
from tests.factories import make_client, make_group, make_server, make_superuser, make_user
from tests.management.caller import enrol
from tests.management.okta.caller import Program

pytestmark = pytest.mark.once  # no statement differs between the databases

PASSWORD = "another horse battery"


def client_with(*scopes: str) -> Program:
    """A program with a token of the organisation's server."""
    return Program(f"Bearer {enrol(*scopes).token}")


@pytest.mark.parametrize("is_superuser", [True, False])
def test_row_260_a_client_changes_no_administrator(is_superuser: bool) -> None:
    make_superuser()
    admin = make_user(is_staff=True, is_superuser=is_superuser)
    program = client_with("okta.users.manage", "*:**")
    for refused in (
        program.post(f"users/{admin.pk}", {"credentials": {"password": {"value": PASSWORD}}}),
        program.post(f"users/{admin.pk}", {"profile": {"email": "eve@example.com"}}),
        program.post(f"users/{admin.login}", {"profile": {"login": "eve@example.com"}}),
        program.delete(f"users/{admin.pk}"),
        program.post(f"users/{admin.pk}/lifecycle/deactivate"),
        program.post(f"users/{admin.pk}/lifecycle/reset_password"),
    ):
        assert refused.status_code == 403 and refused.json()["errorCode"] == "E0000006"
    admin.refresh_from_db()
    assert admin.status == "ACTIVE" and not admin.check_password(PASSWORD)


def test_a_client_changes_people_and_finds_nobody_as_me() -> None:
    user, program = make_user(), client_with("okta.users.manage")
    assert program.post(f"users/{user.pk}", {"profile": {"city": "Rome"}}).status_code == 200
    assert program.get("users/me").status_code == 404
    assert client_with("okta.users.read").delete(f"users/{user.pk}").status_code == 403


@pytest.mark.parametrize("owned", ["server", "client"])
def test_row_260_a_group_that_owns_is_filled_by_who_may_change_what_it_owns(owned: str) -> None:
    group, user = make_group(), make_user()
    thing: AuthorizationServer | Client = make_server() if owned == "server" else make_client()
    thing.owners.add(group)
    kind = "authorizationServers" if owned == "server" else "apps"
    path, low = f"groups/{group.pk}/users/{user.pk}", client_with("okta.groups.manage")
    both = client_with("okta.groups.manage", "okta.users.manage")
    profile = {"login": "eve@example.com", "email": "eve@example.com"}
    new = {"profile": {**profile, "firstName": "E", "lastName": "V"}, "groupIds": [group.pk]}
    for refused in (low.put(path), low.delete(path), both.post("users", new)):
        assert refused.status_code == 403
    high = client_with("okta.groups.manage", f"okta.{kind}.manage")
    assert high.put(path).status_code == 204
    assert low.put(f"groups/{make_group().pk}/users/{user.pk}").status_code == 204


@pytest.mark.parametrize("path", ["users", "groups", "logs", "eventHooks", "inlineHooks"])
def test_a_scope_for_something_else_reaches_nothing(path: str) -> None:
    assert client_with("okta.apps.manage").get(path).status_code == 403
    assert client_with(f"okta.{path}.read").get(path).status_code == 200
