"""`/api/v1/groups` and memberships."""

from typing import Any
from urllib.parse import quote

import pytest
from okta.models.group import Group as SdkGroup

from apps.clients.services import assign_group
from apps.directory.models import Group, GroupMembership
from apps.directory.selectors import everyone
from tests.factories import TESTER, make_client, make_group, make_user
from tests.management.okta.caller import Program, cause_of

BODY = {"profile": {"name": "Engineers", "description": "They build"}}


def test_a_group_is_created_read_replaced_and_deleted(api: Program) -> None:
    created = api.post("groups", BODY)
    assert created.status_code == 200
    group = created.json()
    path = f"groups/{group['id']}"
    assert group["type"] == "OKTA_GROUP" and group["objectClass"] == ["okta:user_group"]
    assert api.get(path).json() == group
    assert SdkGroup.from_dict(group).id == group["id"]  # type: ignore[union-attr]
    changed = api.put(path, {"profile": {"name": "Builders"}}).json()
    assert changed["profile"] == {"name": "Builders", "description": None}
    assert api.delete(path).status_code == 204 and api.get(path).status_code == 404


def test_a_name_that_is_taken_is_refused(api: Program) -> None:
    api.post("groups", BODY)
    refused = api.post("groups", BODY)
    assert refused.status_code == 400
    at, words = (
        "profile.name",
        "An object with this field already exists in the current organization",
    )
    assert cause_of(refused) == f"E0000001 Api validation failed: {at}: {at}: {words}"


def test_members_come_and_go_and_twice_is_once(api: Program) -> None:
    group, user = make_group(), make_user()
    path = f"groups/{group.pk}/users"
    before = api.get(f"groups/{group.pk}").json()
    for _ in range(2):
        assert api.put(f"{path}/{user.pk}").status_code == 204
    assert [one["id"] for one in api.get(path).json()] == [user.pk]
    after = api.get(f"groups/{group.pk}").json()
    assert after["lastMembershipUpdated"] >= before["lastMembershipUpdated"]
    assert after["lastUpdated"] == before["lastUpdated"]
    for _ in range(2):
        assert api.delete(f"{path}/{user.pk}").status_code == 204
    assert api.get(path).json() == []
    assert api.put(f"{path}/00uNobody").status_code == 404
    assert api.put(f"groups/00gNobody/users/{user.pk}").status_code == 404


def test_everyone_holds_all_users_and_can_not_be_changed(api: Program) -> None:
    user, path = make_user(), f"groups/{everyone().pk}"
    assert user.pk in {one["id"] for one in api.get(f"{path}/users").json()}
    for refused in (
        api.put(path, BODY),
        api.delete(path),
        api.put(f"{path}/users/{user.pk}"),
        api.delete(f"{path}/users/{user.pk}"),
    ):
        assert refused.status_code == 403
    assert api.get(path).json()["type"] == "BUILT_IN"


@pytest.mark.parametrize(
    "query",
    [
        "q=engin",
        "filter=" + quote('type eq "OKTA_GROUP" and profile.name sw "Eng"'),
        "search=" + quote('profile.description co "build"'),
        "search=" + quote('lastMembershipUpdated pr or profile.name eq "Engineers"'),
    ],
)
def test_groups_are_found(api: Program, query: str) -> None:
    made = api.post("groups", BODY).json()
    make_group(name="Sailors")
    assert [one["id"] for one in api.get(f"groups?{query}").json()] == [made["id"]]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("users__password=a", "E0000001"),
        ("expand=stats", "E0000001"),
        ("sortBy=owned_servers", "E0000001"),
        ("filter=" + quote('users.password eq "a"'), "E0000053"),
        ("search=" + quote('name eq "a"'), "E0000031"),
    ],
)
def test_row_276_only_what_is_known_is_listed_by(api: Program, query: str, code: str) -> None:
    refused = api.get(f"groups?{query}")
    assert refused.status_code == 400 and refused.json()["errorCode"] == code


def test_lists_cost_the_same_however_long_they_are(
    api: Program, django_assert_max_num_queries: Any
) -> None:
    users = [make_user() for _ in range(4)]
    group = make_group(*users)
    for path in ("groups", f"groups/{group.pk}/users", f"users/{users[0].pk}/groups"):
        with django_assert_max_num_queries(4):
            assert api.get(path).status_code == 200


def test_members_come_in_pages(api: Program) -> None:
    users = [make_user() for _ in range(5)]
    group = make_group(*users)
    seen, path = [], f"groups/{group.pk}/users?limit=2"
    while path:
        page = api.get(path)
        seen += [one["id"] for one in page.json()]
        rels = page["Link"].split(", ")
        path = rels[1].partition("/api/v1/")[2].partition(">")[0] if len(rels) > 1 else ""
    assert sorted(seen) == sorted(user.pk for user in users) and len(seen) == 5


def test_the_apps_of_a_group_are_listed(api: Program) -> None:
    group, client = make_group(), make_client()
    assign_group(actor=TESTER, client=client, group=group)
    [app] = api.get(f"groups/{group.pk}/apps").json()
    assert app["id"] == client.pk
    assert api.get("groups/00gNobody/apps").status_code == 404


def test_row_257_other_members_change_nothing(api: Program) -> None:
    extra = {"id": "00gChosen", "type": "BUILT_IN", "owned_servers": ["default"], "users": ["x"]}
    made = api.post("groups", {**BODY, **extra}).json()
    assert made["id"] != "00gChosen" and made["type"] == "OKTA_GROUP"
    row = Group.objects.get(pk=made["id"])
    assert not row.owned_servers.exists()
    assert not GroupMembership.objects.filter(group=row).exists()


@pytest.mark.parametrize("name", ["", "x" * 300, None, 7, ["a"], "a\u0000b", "   "])
def test_row_277_a_name_is_a_readable_text(api: Program, name: Any) -> None:
    assert api.post("groups", {"profile": {"name": name}}).status_code == 400


def test_an_auditor_changes_no_group(auditor: Program) -> None:
    group, user = make_group(), make_user()
    for refused in (
        auditor.post("groups", BODY),
        auditor.put(f"groups/{group.pk}", BODY),
        auditor.delete(f"groups/{group.pk}"),
        auditor.put(f"groups/{group.pk}/users/{user.pk}"),
    ):
        assert refused.status_code == 403
