"""`/api/v1/users`."""

from typing import Any
from urllib.parse import quote

import pytest
from okta.models.user import User as SdkUser

from apps.directory.models import User
from tests.factories import make_group, make_user
from tests.management.okta.caller import Program, cause_of

PROFILE = {"login": "ada@example.com", "email": "ada@example.com", "firstName": "Ada"}
BODY = {"profile": {**PROFILE, "lastName": "Lovelace", "department": "Engines", "badge": 7}}
PASSWORD = "correct horse battery"


def create(api: Program, query: str = "", **more: Any) -> dict[str, Any]:
    """A user as the API creates one."""
    answer = api.post(f"users{query}", {**BODY, **more})
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_a_user_is_created_read_replaced_and_deleted_in_two_steps(api: Program) -> None:
    user = create(api)
    path = f"users/{user['id']}"
    assert user["status"] == "PROVISIONED" and user["profile"]["badge"] == 7
    assert api.get(path).json() == user
    assert SdkUser.from_dict(user).profile.department == "Engines"  # type: ignore[union-attr]
    assert api.delete(path).status_code == 204
    assert api.get(path).json()["status"] == "DEPROVISIONED"
    assert api.delete(path).status_code == 204
    assert cause_of(api.get(path)).startswith("E0000007") and not User.objects.filter(pk=user["id"])


def test_a_post_merges_and_a_put_replaces_the_profile(api: Program) -> None:
    path = f"users/{create(api)['id']}"
    merged = api.post(path, {"profile": {"city": "London", "badge": None}}).json()["profile"]
    assert merged["city"] == "London" and merged["department"] == "Engines"
    assert "badge" not in merged
    whole = {**PROFILE, "lastName": "Byron"}
    replaced = api.put(path, {"profile": whole}).json()["profile"]
    assert replaced == whole


def test_what_was_read_can_be_written_back(api: Program) -> None:
    user = create(api, credentials={"password": {"value": PASSWORD}})
    path = f"users/{user['id']}"
    assert api.put(path, user).json()["profile"] == user["profile"]
    assert User.objects.get(pk=user["id"]).check_password(PASSWORD)


@pytest.mark.parametrize(
    ("query", "password", "status"),
    [
        ("?activate=false", "", "STAGED"),
        ("?activate=true", "", "PROVISIONED"),
        ("?activate=true", PASSWORD, "ACTIVE"),
        ("?activate=true&nextLogin=changePassword", PASSWORD, "PASSWORD_EXPIRED"),
    ],
)
def test_the_status_of_a_new_user(api: Program, query: str, password: str, status: str) -> None:
    credentials = {"password": {"value": password}} if password else {}
    assert create(api, query, credentials=credentials)["status"] == status


def test_a_user_begins_in_groups(api: Program) -> None:
    group = make_group()
    user = create(api, groupIds=[group.pk])
    names = [one["profile"]["name"] for one in api.get(f"users/{user['id']}/groups").json()]
    assert sorted(names) == sorted(["Everyone", group.name])
    other = {**BODY["profile"], "login": "eve@example.com"}
    refused = api.post("users", {"profile": other, "groupIds": ["00gNobody"]})
    assert refused.status_code == 400 and "groupIds" in cause_of(refused)
    assert not User.objects.filter(login="eve@example.com").exists()


def test_a_login_that_is_taken_is_refused_in_oktas_words(api: Program) -> None:
    create(api)
    refused = api.post("users", BODY)
    assert refused.status_code == 400
    summary = "E0000001 Api validation failed: login: login: "
    assert cause_of(refused) == summary + "an object with this field already exists"


def test_a_user_is_found_by_login_and_as_me(api: Program) -> None:
    user = create(api)
    assert api.get("users/ada@example.com").json()["id"] == user["id"]
    assert api.owner is not None
    assert api.get("users/me").json()["id"] == api.owner.pk


def test_a_password_is_set_by_a_post_and_never_shown(api: Program) -> None:
    user = create(api)
    changed = api.post(f"users/{user['id']}", {"credentials": {"password": {"value": PASSWORD}}})
    assert changed.json()["status"] == "ACTIVE"
    assert PASSWORD not in changed.content.decode()
    refused = api.post(f"users/{user['id']}", {"credentials": {"password": {"value": "short"}}})
    assert refused.status_code == 400 and "password" in cause_of(refused)


def test_a_list_leaves_out_who_is_deactivated_unless_asked_for(api: Program) -> None:
    kept, gone = make_user(), make_user(activate=False)
    api.post(f"users/{gone.pk}/lifecycle/deactivate")
    assert gone.pk not in ids(api, "users")
    assert kept.pk in ids(api, "users")
    wanted = quote('status eq "DEPROVISIONED"')
    assert ids(api, f"users?filter={wanted}") == [gone.pk]


def ids(api: Program, path: str) -> list[str]:
    """Of the users of a list."""
    answer = api.get(path)
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()]


@pytest.mark.parametrize(
    "query",
    [
        'search=profile.department eq "Engines"',
        'search=profile.badge eq 7 and profile.lastName sw "love"',
        'search=not (profile.department ne "Engines") and (status pr)',
        'filter=profile.login eq "ada@example.com"',
        'filter=lastUpdated gt "2020-01-01T00:00:00.000Z" and profile.lastName eq "Lovelace"',
        "q=lovel",
        "q=ada@EXAMPLE",
    ],
)
def test_a_search_finds_by_any_attribute(api: Program, query: str) -> None:
    user = create(api)
    make_user(first_name="Bob", profile={"department": "Ships"})
    name, _, text = query.partition("=")
    assert ids(api, f"users?{name}={quote(text)}") == [user["id"]]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("user__password__startswith=a", "E0000001"),
        ("sortBy=password", "E0000001"),
        ("sortBy=profile.login&sortOrder=up", "E0000001"),
        ("filter=" + quote('password eq "a"'), "E0000053"),
        ("filter=" + quote('profile.x__regex eq "a" or'), "E0000053"),
        ("search=" + quote("status"), "E0000031"),
        ("search=x&filter=y", "E0000033"),
        ("limit=-1", "E0000001"),
    ],
)
def test_row_276_only_known_parameters_attributes_and_orders(
    api: Program, query: str, code: str
) -> None:
    refused = api.get(f"users?{query}")
    assert refused.status_code == 400 and refused.json()["errorCode"] == code


def test_users_come_sorted_and_in_pages_of_few_statements(
    api: Program, django_assert_max_num_queries: Any
) -> None:
    made = {make_user(first_name=f"N{number}").pk for number in range(5)}
    names: list[str] = []
    path = "users?sortBy=profile.firstName&sortOrder=desc&limit=2"
    while path:
        with django_assert_max_num_queries(4):
            page = api.get(path)
        names += [one["profile"]["firstName"] for one in page.json() if one["id"] in made]
        following = page["Link"].partition('rel="self", <')[2]
        path = following.partition("/api/v1/")[2].partition(">")[0]
    assert names == ["N4", "N3", "N2", "N1", "N0"]


MASS: dict[str, Any] = {
    "id": "00uChosen",
    "status": "ACTIVE",
    "is_staff": True,
    "is_superuser": True,
    "isSuperuser": True,
    "epoch": 99,
    "password_epoch": 99,
    "_links": {},
    "created": "1999-01-01T00:00:00.000Z",
    "owner": "x",
}


def test_row_257_other_members_change_nothing(api: Program) -> None:
    user = create(api, **MASS)
    row = User.objects.get(pk=user["id"])
    api.put(f"users/{row.pk}", {**BODY, **MASS})
    after = User.objects.get(pk=row.pk)
    assert row.pk != "00uChosen" and not after.is_superuser and not after.is_staff
    for name in ("epoch", "password_epoch", "status", "created"):
        assert getattr(after, name) == getattr(row, name)


@pytest.mark.parametrize("value", [10**40, True, {"a": 1}, ["x"], "x" * 200])
def test_row_277_a_standard_attribute_is_a_text_of_its_length(api: Program, value: Any) -> None:
    refused = api.post("users", {"profile": {**BODY["profile"], "city": value}})
    assert refused.status_code == 400 and "profile.city" in cause_of(refused)


def test_rows_258_and_281_what_is_absent_is_404_whatever_it_is_called(api: Program) -> None:
    for name in ("00uNobody", "nobody@example.com", "..%00", "%27"):
        for path in (f"users/{name}", f"users/{name}/groups", f"users/{name}/grants"):
            assert api.get(path).status_code in {400, 404}, path


def test_row_283_no_answer_holds_a_hash_or_password(api: Program) -> None:
    user = create(api, credentials={"password": {"value": PASSWORD}})
    for path in ("users", f"users/{user['id']}", "users/me"):
        text = api.get(path).content.decode()
        assert "argon2" not in text and PASSWORD not in text and '"epoch"' not in text


def test_an_auditor_may_look_at_people_and_change_none(auditor: Program) -> None:
    user = make_user()
    assert auditor.get(f"users/{user.pk}").status_code == 200
    for refused in (
        auditor.post("users", BODY),
        auditor.post(f"users/{user.pk}", {"profile": {"city": "x"}}),
        auditor.delete(f"users/{user.pk}"),
        auditor.post(f"users/{user.pk}/lifecycle/deactivate"),
    ):
        assert refused.status_code == 403
