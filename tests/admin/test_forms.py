"""What the forms write goes through the services, and what those refuse is said at its field."""

from typing import Any

from django.test import Client as Browser

from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer, Scope
from tests.admin.conftest import World
from tests.logbook import changes, events, mark

RULE = {
    "name": "Write",
    "grant_types__include": ["client_credentials"],
    "scopes__include": ["orders:read"],
    "access_token_minutes_number": "1",
    "access_token_minutes_unit": "60",
    "refresh_token_minutes_number": "0",
    "refresh_token_minutes_unit": "1",
    "refresh_window_minutes_number": "7",
    "refresh_window_minutes_unit": "1440",
}


def errors(response: Any) -> dict[str, list[str]]:
    """The form's errors by field."""
    return dict(response.context["adminform"].form.errors)


def test_a_server_is_made_with_everything_that_comes_with_it(root: Browser) -> None:
    data = {
        "id": "billing",
        "name": "Billing",
        "audience": "https://api.example.com/billing",
        "scope_mode": "narrow",
        "access_token_format": "jwt",
        "signing_alg": "ES256",
        "rotation_mode": "AUTO",
    }
    response = root.post("/admin/servers/authorizationserver/add/", data)
    assert response.headers["Location"].endswith("/billing/policies/")
    assert AuthorizationServer.objects.get(pk="billing").keys.count() == 2


def test_a_relative_audience_is_refused_at_its_field(world: World, root: Browser) -> None:
    data = {
        "name": "Orders API",
        "audience": "orders",
        "scope_mode": "reject",
        "access_token_format": "jwt",
        "signing_alg": "ES256",
        "rotation_mode": "AUTO",
    }
    response = root.post("/admin/servers/authorizationserver/orders/change/", data)
    assert list(errors(response)) == ["audience"]


def test_a_rule_is_made_from_its_conditions(world: World, root: Browser) -> None:
    data = {**RULE, "people__include_groups": [world.group.pk]}
    root.post(f"/admin/policies/rule/add/?policy={world.policy.pk}", data)
    rule = Rule.objects.get(name="Write")
    stated = {row["type"]: row for row in rule.conditions}
    assert stated["people"]["include_groups"] == [world.group.pk]
    assert stated["scopes"]["include"] == ["orders:read"]
    assert (rule.access_token_minutes, rule.refresh_window_minutes) == (60, 10080)


def test_a_lifetime_beyond_the_limit_is_refused_at_its_field(world: World, root: Browser) -> None:
    data = {**RULE, "access_token_minutes_number": "2", "access_token_minutes_unit": "1440"}
    response = root.post(f"/admin/policies/rule/add/?policy={world.policy.pk}", data)
    assert "access_token_minutes" in errors(response)


def test_renaming_a_rule_revokes_nothing(world: World, root: Browser) -> None:
    page = root.get(f"/admin/policies/rule/{world.rule.pk}/change/")
    form = page.context["adminform"].form
    data: dict[str, Any] = {
        name: value for name, value in form.initial.items() if value is not None
    }
    for name in ("access_token_minutes", "refresh_token_minutes", "refresh_window_minutes"):
        number, unit = form.fields[name].widget.decompress(getattr(world.rule, name))
        data |= {f"{name}_number": number, f"{name}_unit": unit}
    root.post(f"/admin/policies/rule/{world.rule.pk}/change/", data | {"name": "Renamed"})
    after = Rule.objects.get(pk=world.rule.pk)
    assert (after.name, after.epoch) == ("Renamed", world.rule.epoch)
    assert after.conditions == world.rule.conditions


def test_a_policy_is_for_some_clients_or_all(world: World, root: Browser) -> None:
    url = "/admin/policies/policy/add/?server=orders"
    assert "chosen" in errors(root.post(url, {"name": "None"}))
    root.post(url, {"name": "Some", "chosen": [world.web.pk]})
    root.post(url, {"name": "Every", "all_clients": "on"})
    found = dict(Policy.objects.values_list("name", "clients"))
    assert (found["Some"], found["Every"]) == ([world.web.pk], ["ALL_CLIENTS"])


def test_policies_move_by_buttons(world: World, root: Browser) -> None:
    root.post("/admin/policies/policy/add/?server=orders", {"name": "Second", "all_clients": "on"})
    second = Policy.objects.get(name="Second")
    url = "/admin/servers/authorizationserver/orders/policies/"
    root.post(url, {"move": "up", "policy": second.pk})
    assert list(Policy.objects.filter(server="orders").values_list("name", flat=True)) == [
        "Second",
        "All",
    ]


def test_a_scope_is_changed_field_by_field_in_the_log(world: World, root: Browser) -> None:
    data = {
        "name": "orders:read",
        "display_name": "See orders",
        "consent": "REQUIRED",
        "metadata_publish": "NO_CLIENTS",
    }
    root.post(f"/admin/servers/scope/{world.scope.pk}/change/", data)
    assert Scope.objects.get(pk=world.scope.pk).consent == "REQUIRED"
    assert changes("oauth2.scope.updated")["consent"] == ("IMPLICIT", "REQUIRED")


def test_a_scope_of_an_unknown_server_is_not_found(root: Browser) -> None:
    assert root.get("/admin/servers/scope/add/?server=nowhere").status_code == 404


def test_a_change_is_one_event_by_the_person_who_made_it(world: World, root: Browser) -> None:
    before = mark()
    data = {"name": "Renamed", "description": ""}
    root.post(f"/admin/directory/group/{world.group.pk}/change/", data)
    assert events(since=before) == ["group.profile.update"]
