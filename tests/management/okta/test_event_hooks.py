"""`/api/v1/eventHooks`."""

from typing import Any

import pytest
from django.db import connection
from okta.models.event_hook import EventHook as SdkHook

from apps.management.hooks.events import ELIGIBLE
from apps.management.hooks.models import EventHook
from apps.management.hooks.secrets import open_auth
from apps.management.okta.resources import event_hooks
from tests.management.hooks.conftest import receiver
from tests.management.hooks.scene import NOWHERE
from tests.management.hooks.test_services import challenged
from tests.management.okta.caller import Program, cause_of
from tests.oauth.client_authentication.tls_server import Site

pytestmark = pytest.mark.once  # no statement differs between the databases

__all__ = ["receiver"]
VALUE = "the-receivers-own"


def body(url: str = NOWHERE, **changes: Any) -> dict[str, Any]:
    """A hook as a program asks for it."""
    scheme = {"type": "HEADER", "key": "Authorization", "value": VALUE}
    return {
        "name": "Gateway",
        "events": {"type": "EVENT_TYPE", "items": [ELIGIBLE[0]]},
        "channel": {
            "type": "HTTP",
            "version": "1.0.0",
            "config": {"uri": url, "headers": [], "authScheme": scheme},
        },
        **changes,
    }


def test_a_hook_is_created_read_replaced_and_deleted(api: Program) -> None:
    made = api.post("eventHooks", body())
    assert made.status_code == 200, made.content
    hook = made.json()
    path = f"eventHooks/{hook['id']}"
    assert hook["status"] == "ACTIVE" and hook["verificationStatus"] == "UNVERIFIED"
    assert hook["channel"]["config"]["authScheme"] == {"type": "HEADER", "key": "Authorization"}
    assert hook.pop("signingSecret").startswith("whsec_")
    assert api.get(path).json() == hook and api.get("eventHooks").json() == [hook]
    assert SdkHook.from_dict(hook).id == hook["id"]  # type: ignore[union-attr]
    changed = api.put(path, {**hook, "name": "Edge"})
    assert changed.json()["name"] == "Edge"
    assert open_auth(EventHook.objects.get(pk=hook["id"])) == VALUE
    assert api.delete(path).status_code == 204 and api.get(path).status_code == 404


def test_lifecycle_calls_answer_the_hook(api: Program) -> None:
    path = f"eventHooks/{api.post('eventHooks', body()).json()['id']}"
    assert api.post(f"{path}/lifecycle/deactivate").json()["status"] == "INACTIVE"
    assert "activate" in api.get(path).json()["_links"]
    assert api.post(f"{path}/lifecycle/activate").json()["status"] == "ACTIVE"


def test_a_receiver_that_gives_the_challenge_back_is_verified(api: Program, receiver: Site) -> None:
    path = f"eventHooks/{api.post('eventHooks', body(receiver.url('/hook'))).json()['id']}"
    refused = api.post(f"{path}/lifecycle/verify")
    assert refused.status_code == 400 and "challenge" in cause_of(refused)
    assert api.post(f"{path}/lifecycle/verify?dryRun=true").status_code == 400
    receiver.pages["/hook"] = challenged
    assert api.post(f"{path}/lifecycle/verify").json()["verificationStatus"] == "VERIFIED"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": ""}, "name"),
        ({"events": {"type": "EVENT_TYPE", "items": []}}, "events.items"),
        ({"events": {"type": "EVENT_TYPE", "items": ["user.session.start"]}}, "events.items"),
        ({"events": {"type": "FLOW_EVENT", "items": [ELIGIBLE[0]]}}, "events.type"),
        ({"events": {"items": [ELIGIBLE[0]], "filter": {"eventFilterMap": [{}]}}}, "events.filter"),
        ({"channel": {"type": "HTTP", "version": "1.0.0"}}, "channel.config"),
    ],
)
def test_what_will_not_do_is_refused_by_its_member(
    api: Program, changes: dict[str, Any], where: str
) -> None:
    refused = api.post("eventHooks", body(**changes))
    assert refused.status_code == 400 and where in cause_of(refused)


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "ftp://x.example", "https://10.0.0.1", ""])
def test_row_298_an_address_inside_is_refused(api: Program, url: str) -> None:
    refused = api.post("eventHooks", body(url))
    assert refused.status_code == 400 and "channel.config.uri" in cause_of(refused)


@pytest.mark.django_db(transaction=True)
def test_a_name_is_looked_up_outside_of_any_transaction(
    api: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: list[bool] = []

    def look(url: str) -> list[Any]:
        inside.append(connection.in_atomic_block)
        return []

    monkeypatch.setattr(event_hooks, "url_problems", look)
    hook = api.post("eventHooks", body(), HTTP_IDEMPOTENCY_KEY="k").json()
    path = f"eventHooks/{hook['id']}"
    tag = api.get(path)["ETag"]
    assert api.put(path, body(), HTTP_IF_MATCH=tag).status_code == 200
    assert inside == [False, False]


def test_row_283_no_secret_is_ever_read(api: Program) -> None:
    secret = api.post("eventHooks", body()).json()["signingSecret"]
    for path in ("eventHooks", f"eventHooks/{EventHook.objects.get().pk}"):
        text = api.get(path).content.decode()
        assert secret not in text and VALUE not in text and "signingSecret" not in text


def test_hooks_are_the_superusers(api: Program, auditor: Program) -> None:
    hook = api.post("eventHooks", body()).json()
    path = f"eventHooks/{hook['id']}"
    assert auditor.get(path).status_code == 200
    for refused in (
        auditor.post("eventHooks", body(name="Other")),
        auditor.put(path, body()),
        auditor.delete(path),
        auditor.post(f"{path}/lifecycle/verify"),
    ):
        assert refused.status_code == 403
    assert api.get("eventHooks/whoNobody").status_code == 404


def test_a_list_costs_the_same_however_many_there_are(
    api: Program, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        api.post("eventHooks", body(name=f"Hook {number}"))
    with django_assert_max_num_queries(4):
        assert len(api.get("eventHooks").json()) == 4
