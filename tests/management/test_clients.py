"""`/{org}/config/clients` (identity-cloud 3; R5, R22)."""

from typing import Any

import pytest

from apps.clients.models import Client, ClientSecret
from apps.management.views import lists
from tests.factories import make_client, make_token_policy
from tests.logbook import everything
from tests.management.caller import Caller, enrol

CALLBACK = "https://app.example.com/callback"


def new_client(**members: Any) -> dict[str, Any]:
    policy = make_token_policy(allowed_scopes=["openid"])
    return {"name": "Shop", "type": "confidential", "tokenPolicy": policy.pk} | members


@pytest.mark.parametrize(
    ("sent", "shown", "stored", "has_secret"),
    [
        ("public", "public", "native", False),
        ("confidential", "confidential", "web", True),
        ("configuration", "configuration", "config", True),
        ("config", "configuration", "config", True),
    ],
)
def test_a_client_of_each_type_is_made_and_read(
    admin: Caller, sent: str, shown: str, stored: str, has_secret: bool
) -> None:
    uris = [] if stored == "config" else [CALLBACK]
    given = new_client(type=sent, redirectURIs=uris)
    made = admin.post("clients", given)
    assert made.status_code == 201, made.content
    body = made.json()
    path = f"/org/config/clients/{body['id']}"
    assert ("secret" in body) is has_secret
    body.pop("secret", None)
    assert body == {
        "id": body["id"],
        "name": "Shop",
        "type": shown,
        "redirectURIs": uris,
        "loginPolicy": None,
        "tokenPolicy": given["tokenPolicy"],
        "_links": {"self": {"href": path}},
    }
    assert made["Location"] == path
    assert admin.get(f"clients/{body['id']}").json() == body
    assert Client.objects.get(client_id=body["id"]).type == stored


def test_r5_the_secret_of_a_new_client_works_and_is_nowhere_else(admin: Caller) -> None:
    policy = make_token_policy()
    made = admin.post("clients", new_client(type="configuration", tokenPolicy=policy.pk)).json()
    fresh = Caller(Client.objects.get(client_id=made["id"]), made["secret"]).with_token(".:**")
    assert fresh.get("clients").status_code == 200
    assert made["secret"] not in everything()
    assert made["secret"] not in fresh.get(f"clients/{made['id']}").content.decode()


def test_r22_a_token_that_doesnt_reach_secrets_isnt_shown_that_of_its_new_client() -> None:
    caller = enrol("*:config/clients")
    made = caller.post("clients", new_client(redirectURIs=[CALLBACK]))
    assert made.status_code == 201 and "secret" not in made.json()


def test_r5_a_secret_is_never_read_again_and_the_answer_says_so(admin: Caller) -> None:
    refused = admin.get(f"clients/{admin.client.client_id}/secret")
    assert refused.status_code == 409
    assert "shown once" in refused.json()["errors"]


def test_r5_a_new_secret_works_at_once_and_the_old_ones_dont(admin: Caller) -> None:
    caller = enrol("*:**")
    answer = admin.post(f"clients/{caller.client.client_id}/secret")
    assert answer.status_code == 201
    (name, secret), *rest = answer.json().items()
    assert (name, rest) == ("secret", [])
    assert caller.ask(".:**").status_code == 401
    caller.secret = secret
    assert caller.ask(".:**").status_code == 200
    assert ClientSecret.objects.filter(client=caller.client).count() == 1
    assert secret not in everything()


def test_r15_a_new_secret_ends_no_token(admin: Caller) -> None:
    caller = enrol("*:**")
    admin.post(f"clients/{caller.client.client_id}/secret")
    assert caller.get("clients").status_code == 200


def test_a_public_client_has_no_secret(admin: Caller) -> None:
    public = make_client("browser")
    for method in ("GET", "POST"):
        assert admin.call(method, f"clients/{public.client_id}/secret", b"").status_code == 404


def test_a_client_is_changed_as_a_whole_but_for_type_and_secret(admin: Caller) -> None:
    made = admin.post("clients", new_client(redirectURIs=[CALLBACK])).json()
    other = make_token_policy(allowed_scopes=["openid"])
    body = {"name": "Store", "redirectURIs": [CALLBACK + "2"], "tokenPolicy": other.pk}
    before = list(ClientSecret.objects.values_list("digest", flat=True))
    changed = admin.put(f"clients/{made['id']}", body | {"secret": "x" * 40, "id": "other"})
    assert changed.status_code == 200
    assert {name: changed.json()[name] for name in body} == body
    assert changed.json()["id"] == made["id"]
    assert list(ClientSecret.objects.values_list("digest", flat=True)) == before


def test_the_type_of_a_client_cant_be_changed(admin: Caller) -> None:
    made = admin.post("clients", new_client(redirectURIs=[CALLBACK])).json()
    body = {"name": "Shop", "tokenPolicy": made["tokenPolicy"], "redirectURIs": [CALLBACK]}
    assert admin.put(f"clients/{made['id']}", body | {"type": "confidential"}).status_code == 200
    refused = admin.put(f"clients/{made['id']}", body | {"type": "public"})
    assert (refused.status_code, refused.json()) == (422, {"errors": "type cannot be changed"})


def test_a_token_policy_can_be_replaced_and_not_removed(admin: Caller) -> None:
    path = f"clients/{admin.client.client_id}"
    refused = admin.put(path, {"name": "Admin", "tokenPolicy": None})
    assert refused.status_code == 422
    assert refused.json()["errors"].startswith("tokenPolicy cannot be removed")
    assert admin.put(path, {"name": "Admin"}).status_code == 400


@pytest.mark.parametrize(
    ("members", "status", "text"),
    [
        ({"tokenPolicy": "none"}, 422, "tokenPolicy names no token policy"),
        ({"tokenPolicy": None}, 422, "tokenPolicy must be given"),
        ({"tokenPolicy": 7}, 400, "tokenPolicy must be a text"),
        ({"type": "web"}, 400, "type must be one of public, confidential, configuration"),
        ({"type": ["public"]}, 400, "type must be one of"),
        ({"name": 7}, 400, "name must be a text"),
        ({"name": ""}, 422, "name must not be empty"),
        ({"name": "x" * 101}, 422, "name must have 1 to 100 characters"),
        ({"redirectURIs": "https://app.example.com/"}, 400, "redirectURIs must be a list"),
        ({"redirectURIs": ["http://app.example.com/"]}, 422, "redirectURIs must use https"),
        ({"redirectURIs": []}, 422, "redirectURIs must not be empty"),
        ({"redirectURIs": [CALLBACK] * 2}, 422, "redirectURIs must not name anything twice"),
        ({"redirectURIs": [CALLBACK + str(n) for n in range(101)]}, 422, "(limit: 100)"),
    ],
)
def test_what_is_wrong_is_named_by_field_and_limit(
    admin: Caller, members: dict[str, Any], status: int, text: str
) -> None:
    refused = admin.post("clients", new_client(redirectURIs=[CALLBACK]) | members)
    assert refused.status_code == status, refused.content
    assert text in refused.json()["errors"]


def test_localhost_and_loopback_may_be_plain_http(admin: Caller) -> None:
    uris = ["http://localhost:3000/cb", "http://127.0.0.1/cb", "com.example.app:/cb"]
    made = admin.post("clients", new_client(type="public", redirectURIs=uris))
    assert made.status_code == 201, made.content


def test_an_unknown_client_is_a_404(admin: Caller, unknown_id: str) -> None:
    for method in ("GET", "DELETE"):
        assert admin.call(method, f"clients/{unknown_id}").status_code == 404
    assert admin.put(f"clients/{unknown_id}", {}).status_code == 404
    assert admin.post(f"clients/{unknown_id}/secret").status_code == 404


def test_a_long_list_comes_in_pages_that_are_linked(
    admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "PAGE_SIZE", 2)
    ids = {make_client("web", name=f"Shop {n}").client_id for n in range(4)}
    pages, path = [], "clients"
    for _ in range(3):
        pages.append(admin.get(path).json())
        path = pages[-1]["_links"].get("next", {}).get("href", "").rpartition("/")[2]
    assert path == "" and {one["total"] for one in pages} == {5}
    found = [one["id"] for page in pages for one in page["_embedded"]["clients"]]
    assert len(found) == 5 and set(found) == ids | {admin.client.client_id}
    assert admin.get("clients?page=99").json() == pages[-1]
    for wrong in (
        "page=0",
        "page=-1",
        "page=x",
        "page=",
        "page=1&page=2",
        "q=shop",
        "page=" + "9" * 99,
    ):
        assert admin.get(f"clients?{wrong}").status_code == 400, wrong


def test_the_list_names_every_client(admin: Caller) -> None:
    other = make_client("web", name="A shop")
    body = admin.get("clients").json()
    assert body["total"] == 2
    assert {entry["id"]: entry["name"] for entry in body["_embedded"]["clients"]} == {
        other.client_id: "A shop",
        admin.client.client_id: admin.client.name,
    }
