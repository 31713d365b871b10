"""`/api/v1/apps`: applications."""

from typing import Any

import pytest

from apps.clients.models import Client
from apps.clients.services import assign_group, assign_user
from apps.directory.models import Group
from tests.factories import TESTER, make_client, make_group, make_user
from tests.management.okta.caller import Program, cause_of
from tests.management.okta.shapes_of_apps import app_body


def test_an_application_is_created_read_replaced_and_deleted(api: Program) -> None:
    created = api.post("apps", app_body())
    assert created.status_code == 200, created.content
    app = created.json()
    assert app["status"] == "ACTIVE" and app["signOnMode"] == "OPENID_CONNECT"
    assert app["credentials"]["oauthClient"]["client_id"] == app["id"]
    shown = api.get(f"apps/{app['id']}").json()
    assert shown == without_secret(app)
    replaced = api.put(f"apps/{app['id']}", {**shown, "label": "Other"})
    assert replaced.status_code == 200 and replaced.json()["label"] == "Other"
    assert api.post(f"apps/{app['id']}/lifecycle/deactivate").json() == {}
    assert api.delete(f"apps/{app['id']}").status_code == 204
    assert cause_of(api.get(f"apps/{app['id']}")).startswith("E0000007 Not found: Resource not")


def without_secret(app: dict[str, Any]) -> dict[str, Any]:
    """The application as a GET shows it."""
    oauth = {k: v for k, v in app["credentials"]["oauthClient"].items() if k != "client_secret"}
    return {**app, "credentials": {**app["credentials"], "oauthClient": oauth}}


def test_an_active_application_isnt_deleted(api: Program) -> None:
    app = make_client()
    refused = api.delete(f"apps/{app.pk}")
    assert refused.status_code == 403 and refused.json()["errorCode"] == "E0000056"
    assert Client.objects.filter(pk=app.pk).exists()


def test_it_may_begin_inactive(api: Program) -> None:
    app = api.post("apps?activate=false", app_body()).json()
    assert app["status"] == "INACTIVE"
    assert "activate" in app["_links"] and "deactivate" not in app["_links"]


def test_a_secret_that_is_chosen_is_taken_and_told_this_once(api: Program) -> None:
    chosen = "a-secret-of-my-own-choice"
    app = api.post("apps", app_body(client_id="my-portal", client_secret=chosen)).json()
    oauth = app["credentials"]["oauthClient"]
    assert (oauth["client_id"], oauth["client_secret"]) == ("my-portal", chosen)
    assert chosen not in api.get(f"apps/{app['id']}").content.decode()


def test_a_replacement_keeps_the_secret_unless_it_gives_another(api: Program) -> None:
    app = api.post("apps", app_body()).json()
    path, first = f"apps/{app['id']}", app["credentials"]["oauthClient"]["client_secret"]
    kept = api.put(path, without_secret(app)).json()
    assert "client_secret" not in kept["credentials"]["oauthClient"]
    assert secrets_of(app["id"]) == 1
    echoed = api.put(path, app).json()
    assert echoed["credentials"]["oauthClient"]["client_secret"] == first
    (before,) = Client.objects.get(pk=app["id"]).secrets.values_list("digest", flat=True)
    app["credentials"]["oauthClient"]["client_secret"] = "another-secret-of-mine"
    assert api.put(path, app).json() == api.get(path).json() | {
        "credentials": app["credentials"],
    }
    (after,) = Client.objects.get(pk=app["id"]).secrets.values_list("digest", flat=True)
    assert before != after


def secrets_of(app_id: str) -> int:
    """How many secrets there are."""
    return Client.objects.get(pk=app_id).secrets.count()


def test_a_client_that_begins_to_need_a_secret_gets_one(api: Program) -> None:
    app = api.post("apps", app_body(token_endpoint_auth_method="none", pkce_required=True)).json()
    assert "client_secret" not in app["credentials"]["oauthClient"]
    app["credentials"]["oauthClient"]["token_endpoint_auth_method"] = "client_secret_basic"
    changed = api.put(f"apps/{app['id']}", app).json()
    assert changed["credentials"]["oauthClient"]["client_secret"]
    assert secrets_of(app["id"]) == 1


@pytest.mark.parametrize(
    ("kind", "method", "pkce", "rotation"),
    [
        ("web", "client_secret_basic", False, "STATIC"),
        ("native", "client_secret_basic", True, "STATIC"),
        ("browser", "none", True, "ROTATE"),
    ],
)
def test_what_is_left_out_has_the_default_of_its_type(
    api: Program, kind: str, method: str, pkce: bool, rotation: str
) -> None:
    app = api.post("apps", app_body(application_type=kind)).json()
    oauth, settings = app["credentials"]["oauthClient"], app["settings"]["oauthClient"]
    assert (oauth["token_endpoint_auth_method"], oauth["pkce_required"]) == (method, pkce)
    assert settings["refresh_token"]["rotation_type"] == rotation
    assert ("leeway" in settings["refresh_token"]) == (rotation == "ROTATE")
    assert settings["response_types"] == ["code"]


def test_a_service_has_no_redirects(api: Program) -> None:
    body = app_body(
        application_type="service", grant_types=["client_credentials"], redirect_uris=None
    )
    app = api.post("apps", body)
    assert app.status_code == 200, app.content
    assert app.json()["settings"]["oauthClient"]["redirect_uris"] == []


@pytest.mark.parametrize(
    ("changed", "member"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"name": "saml_2_0"}, "name"),
        ({"signOnMode": "SAML_2_0"}, "signOnMode"),
        ({"grant_types": []}, "settings.oauthClient.grant_types"),
        ({"grant_types": ["implicit"]}, "settings.oauthClient.grant_types"),
        ({"grant_types": "authorization_code"}, "settings.oauthClient.grant_types"),
        ({"redirect_uris": ["http://elsewhere.example/"]}, "settings.oauthClient.redirect_uris"),
        ({"redirect_uris": []}, "settings.oauthClient.redirect_uris"),
        ({"application_type": "config"}, "settings.oauthClient.application_type"),
        ({"client_id": "short"}, "credentials.oauthClient.client_id"),
        ({"client_secret": "short"}, "credentials.oauthClient.client_secret"),
        (
            {"token_endpoint_auth_method": "client_secret_jwt"},
            "credentials.oauthClient.token_endpoint_auth_method",
        ),
        ({"refresh_token": {"leeway": 61, "rotation_type": "ROTATE"}}, "refresh_token.leeway"),
        ({"refresh_token": {"leeway": True}}, "refresh_token.leeway"),
        ({"refresh_token": {"leeway": "30"}}, "refresh_token.leeway"),
        ({"refresh_token": {"leeway": 10**40}}, "refresh_token.leeway"),
        ({"wildcard_redirect": "SUBDOMAIN"}, "settings.oauthClient.wildcard_redirect"),
        ({"dpop_bound_access_tokens": True}, "settings.oauthClient.dpop_bound_access_tokens"),
        ({"jwks_uri": "https://10.0.0.1/keys"}, "settings.oauthClient.jwks_uri"),
        ({"jwks": {"keys": [None]}}, "settings.oauthClient.jwks.keys"),
        ({"jwks": []}, "settings.oauthClient.jwks"),
    ],
)
def test_a_problem_names_the_member_on_the_wire(
    api: Program, changed: dict[str, Any], member: str
) -> None:
    refused = api.post("apps", app_body(**changed))
    assert refused.status_code == 400, refused.content
    assert member in cause_of(refused)
    assert not Client.objects.exists()


def test_type_and_client_id_are_for_good(api: Program) -> None:
    app = api.post("apps", app_body()).json()
    for changed in ({"application_type": "native"}, {"client_id": "another-id"}):
        refused = api.put(f"apps/{app['id']}", app_body(**changed))
        assert refused.status_code == 400 and "cannot be changed" in cause_of(refused)


def test_r15_a_replacement_that_changes_nothing_ends_nothing(api: Program) -> None:
    app = api.post("apps", app_body()).json()
    before = Client.objects.get(pk=app["id"])
    assert api.put(f"apps/{app['id']}", without_secret(app)).status_code == 200
    after = Client.objects.get(pk=app["id"])
    assert (after.epoch, after.version) == (before.epoch, before.version)
    app["settings"]["oauthClient"]["redirect_uris"] = ["https://other.example/"]
    assert api.put(f"apps/{app['id']}", app).status_code == 200
    assert Client.objects.get(pk=app["id"]).epoch == before.epoch + 1


def test_row_274_what_is_left_out_of_a_replacement_has_its_default(api: Program) -> None:
    app = api.post(
        "apps", app_body(client_uri="https://portal.example", consent_method="REQUIRED")
    ).json()
    shown = api.put(f"apps/{app['id']}", app_body()).json()["settings"]["oauthClient"]
    assert (shown["client_uri"], shown["consent_method"]) == (None, "TRUSTED")


def test_r20_okta_knows_no_member_for_what_stays_as_it_is(api: Program) -> None:
    app = make_client("web", allowed_origins=["https://pages.example"])
    shown = api.get(f"apps/{app.pk}").json()
    assert api.put(f"apps/{app.pk}", shown).status_code == 200
    app.refresh_from_db()
    assert app.allowed_origins == ["https://pages.example"]


def test_the_list_is_searched_filtered_and_paged(api: Program) -> None:
    user, member = make_user(), make_user()
    group = make_group(member)
    orders, stock = make_client(name="Orders"), make_client(name="Stock")
    assign_user(actor=TESTER, client=orders, user=user)
    assign_group(actor=TESTER, client=stock, group=group)
    found = lambda query: {one["label"] for one in api.get(f"apps?{query}").json()}  # noqa: E731
    assert found("q=ord") == {"Orders"} and found("q=rders") == set()
    assert found(f'filter=user.id eq "{user.pk}"') == {"Orders"}
    assert found(f'filter=user.id eq "{member.pk}"') == {"Stock"}
    everyone = Group.objects.get(type=Group.Type.BUILT_IN)
    assign_group(actor=TESTER, client=orders, group=everyone)
    assert found(f'filter=user.id eq "{member.pk}"') == {"Orders", "Stock"}
    assert found('filter=user.id eq "00uNobody"') == set()
    assert found(f'filter=group.id eq "{group.pk}"') == {"Stock"}
    assert found('filter=status eq "INACTIVE"') == set()
    assert found('filter=status eq "ACTIVE"') == {"Orders", "Stock"}
    refused = api.get('apps?filter=secrets.digest eq "x"')
    assert refused.status_code == 400 and refused.json()["errorCode"] == "E0000053"


def test_row_275_a_cursor_is_of_its_list_alone(api: Program) -> None:
    for _ in range(3):
        make_client()
    first = api.get("apps?limit=2")
    cursor = first["Link"].partition("after=")[2].partition(">")[0]
    forged = ("B" if cursor[0] != "B" else "C") + cursor[1:]
    assert len(first.json()) == 2 and len(api.get(f"apps?limit=2&after={cursor}").json()) == 1
    for query in (f'filter=status eq "ACTIVE"&after={cursor}', f"after={forged}"):
        refused = api.get(f"apps?{query}")
        assert refused.status_code == 400 and refused.json()["errorCode"] == "E0000029"
    assert len(api.get("apps?limit=1000000000").json()) == 3
    for number in ("-1", "NaN", "1e999", "٣", "0"):
        assert api.get(f"apps?limit={number}").status_code == 400


def test_a_list_of_any_length_takes_at_most_four_statements(
    api: Program, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        make_client()
    api.get("apps")
    with django_assert_max_num_queries(4):
        assert len(api.get("apps").json()) == 12
    with django_assert_max_num_queries(4):
        api.get(f"apps/{Client.objects.first().pk}")  # type: ignore[union-attr]


def test_terraforms_extra_calls_are_answered(api: Program) -> None:
    app = make_client()
    assert api.get("policies?type=ACCESS_POLICY").json() == []
    assert api.put(f"apps/{app.pk}/policies/rst123").status_code == 204
    assert api.put("apps/0oaNone/policies/rst123").status_code == 404
    assert api.get("policies").status_code == 400


def test_a_dry_run_of_a_deactivation_changes_nothing(api: Program) -> None:
    app = make_client()
    tried = api.post(f"apps/{app.pk}/lifecycle/deactivate?dryRun=true")
    assert tried.status_code == 200 and tried.json()["dryRun"] is True
    app.refresh_from_db()
    assert app.status == "ACTIVE"


def test_row_274_a_stale_change_is_refused(api: Program) -> None:
    app = api.post("apps", app_body()).json()
    path = f"apps/{app['id']}"
    seen = api.get(path)["ETag"]
    assert api.put(path, {**app, "label": "A"}, HTTP_IF_MATCH=seen).status_code == 200
    assert api.put(path, {**app, "label": "B"}, HTTP_IF_MATCH=seen).status_code == 412
    assert api.get(path).json()["label"] == "A"
