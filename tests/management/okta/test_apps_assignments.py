"""`/api/v1/apps/{id}/users`, `groups`, `tokens` and `grants`."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.clients.models import Client, GroupAssignment, UserAssignment
from apps.clients.services import assign_group, assign_user
from apps.directory.models import Group
from apps.directory.services import suspend_user
from apps.systemlog.render import in_milliseconds
from tests.factories import TESTER, make_client, make_group, make_user
from tests.management.caller import enrol
from tests.management.okta.caller import Program, cause_of


@pytest.fixture
def app(db: None) -> Client:
    """A web application that nobody is assigned to."""
    return make_client()


def test_a_user_is_assigned_read_and_unassigned(api: Program, app: Client) -> None:
    user = make_user()
    path = f"apps/{app.pk}/users"
    made = api.post(path, {"id": user.pk, "scope": "USER", "credentials": {"userName": "x"}})
    assert made.status_code == 200, made.content
    body = made.json()
    assert (body["id"], body["scope"], body["status"]) == (user.pk, "USER", "ACTIVE")
    assert body["credentials"]["userName"] == user.login and body["syncState"] == "DISABLED"
    assert api.get(f"{path}/{user.pk}").json() == body
    assert api.get(path).json() == [body]
    assert api.delete(f"{path}/{user.pk}").status_code == 204
    assert api.get(f"{path}/{user.pk}").status_code == 404
    assert api.delete(f"{path}/{user.pk}").status_code == 404


def test_who_is_assigned_through_a_group_has_the_scope_group(api: Program, app: Client) -> None:
    member = make_user()
    assign_group(actor=TESTER, client=app, group=make_group(member))
    path = f"apps/{app.pk}/users/{member.pk}"
    assert api.get(path).json()["scope"] == "GROUP"
    refused = api.delete(path)
    assert refused.status_code == 403 and refused.json()["errorCode"] == "E0000046"
    assert api.post(path, {"profile": {"x": 1}}).json()["scope"] == "GROUP"
    assert api.post(path, {"scope": "USER"}).json()["scope"] == "USER"
    assert UserAssignment.objects.filter(client=app, user=member).exists()


def test_an_inactive_user_isnt_assigned(api: Program, app: Client) -> None:
    user = make_user()
    suspend_user(actor=TESTER, user=user)
    refused = api.post(f"apps/{app.pk}/users", {"id": user.pk})
    assert refused.status_code == 403 and refused.json()["errorCode"] == "E0000117"
    assert not UserAssignment.objects.exists()


def test_an_unknown_user_and_a_missing_id_are_told_apart(api: Program, app: Client) -> None:
    assert "(User)" in cause_of(api.post(f"apps/{app.pk}/users", {"id": "00uNobody"}))
    assert api.post(f"apps/{app.pk}/users", {}).status_code == 400
    assert "(AppInstance)" in cause_of(api.post("apps/0oaNone/users", {"id": "00uNobody"}))


def test_r6_an_assignment_that_has_ended_is_shown_as_inactive(api: Program, app: Client) -> None:
    user, now = make_user(), timezone.now()
    assign_user(actor=TESTER, client=app, user=user, valid_until=now - timedelta(hours=1))
    assert api.get(f"apps/{app.pk}/users/{user.pk}").json()["status"] == "INACTIVE"


def test_r6_any_way_in_that_is_in_force_makes_a_user_active(api: Program, app: Client) -> None:
    direct, member, other = make_user(), make_user(), make_user()
    past, everyone = timezone.now() - timedelta(days=1), Group.objects.get(type="BUILT_IN")
    ended: dict[str, Any] = {"valid_from": past - timedelta(days=1), "valid_until": past}
    assign_user(actor=TESTER, client=app, user=direct, **ended)
    assign_group(actor=TESTER, client=app, group=make_group(direct, member), **ended)

    def states() -> dict[str, str]:
        return {one["id"]: one["status"] for one in api.get(f"apps/{app.pk}/users").json()}

    assert states() == dict.fromkeys((direct.pk, member.pk), "INACTIVE")
    assign_group(actor=TESTER, client=app, group=make_group(member, name="Second"))
    assert states() == {direct.pk: "INACTIVE", member.pk: "ACTIVE"}
    assign_group(actor=TESTER, client=app, group=everyone)
    found = states()
    assert {found[one.pk] for one in (direct, member, other)} == {"ACTIVE"}
    shown = api.get(f"apps/{app.pk}/users/{member.pk}").json()
    first = GroupAssignment.objects.filter(client=app).earliest("created").created
    assert shown["scope"] == "GROUP" and shown["created"] == in_milliseconds(first)


def test_all_users_are_those_of_everyone(api: Program, app: Client) -> None:
    outsider = make_user()
    everyone = Group.objects.get(type=Group.Type.BUILT_IN)
    assert api.get(f"apps/{app.pk}/users").json() == []
    assign_group(actor=TESTER, client=app, group=everyone)
    shown = api.get(f"apps/{app.pk}/users").json()
    assert outsider.pk in {one["id"] for one in shown}
    assert {one["scope"] for one in shown} == {"GROUP"}


def test_users_come_in_pages_and_are_searched(
    api: Program, app: Client, django_assert_max_num_queries: Any
) -> None:
    users = [make_user(login=f"reader{number}@example.com") for number in range(5)]
    assign_group(actor=TESTER, client=app, group=make_group(*users[:3]))
    for user in users[2:]:
        assign_user(actor=TESTER, client=app, user=user)
    found, path = [], f"apps/{app.pk}/users?limit=2"
    while path:
        page = api.get(path)
        found += [one["id"] for one in page.json()]
        rels = page["Link"].split(", ")
        path = rels[1].partition("/api/v1/")[2].partition(">")[0] if len(rels) > 1 else ""
    assert found == sorted(user.pk for user in users)
    assert len(api.get(f"apps/{app.pk}/users?q=reader1").json()) == 1
    with django_assert_max_num_queries(4):
        assert len(api.get(f"apps/{app.pk}/users").json()) == 5


def test_a_group_is_assigned_with_an_empty_body(api: Program, app: Client) -> None:
    group = make_group()
    path = f"apps/{app.pk}/groups/{group.pk}"
    made = api.put(path)
    assert made.status_code == 200, made.content
    assert made.json()["id"] == group.pk
    assert api.put(path, {"priority": 5, "profile": {"a": "b"}}).status_code == 200
    assert api.get(path).json() == made.json()
    assert api.get(f"apps/{app.pk}/groups").json() == [made.json()]
    change = [{"op": "replace", "path": "/priority", "value": 3}]
    assert api.patch(path, change).status_code == 200
    bodies: tuple[Any, ...] = ({}, [{"op": "explode", "path": "/"}], ["x"], b"[")
    for bad in bodies:
        assert api.patch(path, bad).status_code == 400, bad
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == api.delete(path).status_code == 404
    assert api.put(f"apps/{app.pk}/groups/00gNone").status_code == 404


def test_row_258_259_nothing_is_reached_through_another_application(
    api: Program, app: Client
) -> None:
    other, user, group = make_client(), make_user(), make_group()
    assign_user(actor=TESTER, client=other, user=user)
    assign_group(actor=TESTER, client=other, group=group)
    for path in (f"users/{user.pk}", f"groups/{group.pk}"):
        assert api.get(f"apps/{app.pk}/{path}").status_code == 404
        assert api.delete(f"apps/{app.pk}/{path}").status_code == 404
    assert UserAssignment.objects.exists() and GroupAssignment.objects.exists()


def test_an_unassignment_can_be_tried(api: Program, app: Client) -> None:
    user = make_user()
    assign_user(actor=TESTER, client=app, user=user)
    tried = api.delete(f"apps/{app.pk}/users/{user.pk}?dryRun=true&sendEmail=false")
    assert tried.status_code == 200 and tried.json()["dryRun"] is True
    assert UserAssignment.objects.exists()


def test_grants_are_the_okta_scopes_of_a_token_policy(api: Program, app: Client) -> None:
    assert api.get(f"apps/{app.pk}/grants").json() == []
    caller = enrol("okta.users.read", "*:api/v1/logs/**", "openid")
    (grant,) = api.get(f"apps/{caller.client.pk}/grants").json()
    assert (grant["scopeId"], grant["source"]) == ("okta.users.read", "ADMIN")
    assert api.get(f"apps/{caller.client.pk}/grants/{grant['id']}").json() == grant
    assert api.get(f"apps/{app.pk}/grants/{grant['id']}").status_code == 404
