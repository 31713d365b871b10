"""Hooks in the console: made, verified, tested, replaced, stopped; dead letters sent again."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from apps.directory.models import User
from apps.management.hooks.events import ELIGIBLE
from apps.management.hooks.models import EventDelivery, EventHook
from apps.systemlog.models import LogEvent
from tests.admin.conftest import signed_in
from tests.admin.crawler import pages
from tests.admin.test_pages import INLINE
from tests.factories import make_superuser, make_user
from tests.logbook import everything, mark
from tests.management.hooks.scene import NOWHERE, START, happen, make_hook, status
from tests.management.hooks.test_services import challenged
from tests.oauth.client_authentication.tls_server import Site

pytestmark = [pytest.mark.django_db, pytest.mark.once]
AT = "/admin/management/eventhook"
LIST = "/admin/management/eventdelivery/"
SECRET = re.compile(r"whsec_[\w+/=]{40,}")
EVIL = "<img src=x onerror=alert(1)>\"'"


@pytest.fixture
def root() -> Browser:
    """A superuser."""
    return signed_in(make_superuser(login="root@example.com"))


@pytest.fixture
def auditor() -> Browser:
    """Staff who may only look."""
    return signed_in(make_user(login="auditor@example.com", is_staff=True))


def form(**fields: Any) -> dict[str, Any]:
    """A new hook as a browser posts it."""
    given = {"name": "Gateway", "url": NOWHERE, "event_types": list(ELIGIBLE)}
    return {"auth_header": "", "auth_value": "", **given, **fields}


def bury(number: int = 1) -> list[str]:
    """Deliveries of the one hook that were given up; their ids."""
    for _ in range(number):
        happen()
    EventDelivery.objects.update(
        state="DEAD", settled=START, attempts=9, last_status=500, last_error="answered 500"
    )
    return list(EventDelivery.objects.values_list("pk", flat=True))


def test_a_new_hook_s_secret_is_shown_once_and_never_again(root: Browser) -> None:
    response = root.post(f"{AT}/add/", form())
    body = response.content.decode()
    (secret,) = set(SECRET.findall(body))
    hook = EventHook.objects.get()
    assert "no-store" in response.headers["Cache-Control"]
    assert sorted(one.event_type for one in hook.types.all()) == sorted(ELIGIBLE)
    for part in ("change", "secrets", "deliveries", "history"):
        assert secret not in root.get(f"{AT}/{hook.pk}/{part}/").content.decode()
    assert secret not in everything()


def test_a_refused_address_is_shown_at_its_field_and_nothing_is_made(root: Browser) -> None:
    body = root.post(f"{AT}/add/", form(url="https://127.0.0.1/")).content.decode()
    assert "Must be an https address that can be reached from the public internet." in body
    assert not EventHook.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_name_is_looked_up_outside_of_any_transaction(
    root: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def look(url: str, **rest: Any) -> None:
        seen.append(connection.in_atomic_block)

    monkeypatch.setattr("apps.management.hooks.validation.check_address", look)
    root.post(f"{AT}/add/", form())
    hook = EventHook.objects.get()
    root.post(f"{AT}/{hook.pk}/change/", form(url="https://93.184.216.35/"))
    assert seen == [False, False]
    assert EventHook.objects.get().url == "https://93.184.216.35/"


def test_the_header_s_value_goes_in_and_never_comes_out(root: Browser) -> None:
    value = "Bearer 0123456789abcdef"
    root.post(f"{AT}/add/", form(auth_header="Authorization", auth_value=value))
    hook = EventHook.objects.get()
    body = root.get(f"{AT}/{hook.pk}/change/").content.decode()
    assert "Kept unless you type another one." in body
    assert "0123456789abcdef" not in body
    root.post(f"{AT}/{hook.pk}/change/", form(name="Edge", auth_header="Authorization"))
    again = EventHook.objects.get()
    assert (again.name, bytes(again.sealed_auth_value or b"")) == (
        "Edge",
        bytes(hook.sealed_auth_value or b""),
    )


def test_rotation_shows_the_new_secret_and_keeps_the_old_one_signing(root: Browser) -> None:
    hook, old = make_hook()
    response = root.post(f"{AT}/{hook.pk}/secrets/", {"form": "rotate", "overlap": "24"})
    (new,) = set(SECRET.findall(response.content.decode()))
    assert new != old
    assert hook.secrets.exclude(expires_at=None).count() == 1


def test_verify_and_test_say_how_it_went(root: Browser, receiver: Site) -> None:
    receiver.pages["/hook"] = challenged
    hook, _ = make_hook(receiver.url("/hook"), is_verified=False)
    assert b"verified yet" in root.get(f"{AT}/{hook.pk}/change/").content
    body = root.post(f"{AT}/{hook.pk}/verify/", follow=True).content.decode()
    assert "Verified" in body and EventHook.objects.get().verification == "VERIFIED"
    receiver.show(b"", path="/hook")
    body = root.post(f"{AT}/{hook.pk}/test/", follow=True).content.decode()
    assert "The receiver answered 200." in body
    receiver.pages["/hook"] = status(500)
    body = root.post(f"{AT}/{hook.pk}/test/", follow=True).content.decode()
    assert "The test event wasn&#x27;t taken: answered 500." in body
    body = root.post(f"{AT}/{hook.pk}/verify/", follow=True).content.decode()
    assert "did not give the challenge back" in body


def test_it_is_stopped_after_a_question_and_started_again(root: Browser) -> None:
    hook, _ = make_hook()
    assert b"Nothing more is kept" in root.post(f"{AT}/{hook.pk}/deactivate/").content
    assert EventHook.objects.get().status == "ACTIVE"
    for verb, wanted in (("deactivate", "INACTIVE"), ("activate", "ACTIVE")):
        root.post(f"{AT}/{hook.pk}/{verb}/", {"confirmed": "1"})
        assert EventHook.objects.get().status == wanted
    root.post(f"{AT}/{hook.pk}/delete/", {"post": "yes"})
    assert not EventHook.objects.exists()


def test_dead_letters_are_shown_with_their_reason_and_sent_again_one_by_one(root: Browser) -> None:
    hook, _ = make_hook()
    first, second = bury(2)
    url = f"{AT}/{hook.pk}/deliveries/"
    body = root.get(url).content.decode()
    assert "answered 500" in body and first in body
    root.post(url, {"form": "again", "delivery": first})
    assert EventDelivery.objects.get(pk=first).state == "PENDING"
    root.post(url, {"form": "drop"})  # not all at once
    assert EventDelivery.objects.get(pk=second).state == "DEAD"
    root.post(url, {"form": "drop", "delivery": second})
    assert not EventDelivery.objects.filter(pk=second).exists()


@pytest.mark.parametrize(("action", "left"), [("deliver_again", 3), ("drop_deliveries", 0)])
def test_dead_letters_are_sent_again_or_dropped_in_bulk(
    action: str, left: int, root: Browser
) -> None:
    make_hook()
    data = {"action": action, "_selected_action": bury(3)}
    root.post(LIST, data)
    if action == "drop_deliveries":
        assert EventDelivery.objects.filter(state="DEAD").count() == 3  # it asks first
        root.post(LIST, data | {"confirmed": "1"})
    assert EventDelivery.objects.filter(state="PENDING").count() == left
    assert not EventDelivery.objects.filter(state="DEAD").exists()
    assert LogEvent.objects.filter(event_type="event_hook.delivery").count() == 3


def test_all_of_a_hook_s_dead_letters_are_sent_again_by_one_button(root: Browser) -> None:
    hook, _ = make_hook()
    bury(3)
    root.post(f"{AT}/{hook.pk}/deliveries/", {"form": "again"})
    assert set(EventDelivery.objects.values_list("state", flat=True)) == {"PENDING"}


def writes(hook: EventHook, delivery: str) -> list[tuple[str, dict[str, Any]]]:
    """Every kind of change, as a browser would post it."""
    own = f"{AT}/{hook.pk}"
    again = {"action": "deliver_again", "_selected_action": [delivery]}
    return [
        (f"{AT}/add/", form(name="New")),
        (f"{own}/change/", form(name="Taken")),
        (f"{own}/delete/", {"post": "yes"}),
        (f"{own}/secrets/", {"form": "rotate", "overlap": "0"}),
        (f"{own}/deliveries/", {"form": "again", "delivery": delivery}),
        *((f"{own}/{verb}/", {"confirmed": "1"}) for verb in ("deactivate", "activate")),
        *((f"{own}/{verb}/", {}) for verb in ("verify", "test")),
        (LIST, again),
    ]


def test_an_auditor_changes_nothing_and_a_get_changes_nothing(
    auditor: Browser, root: Browser, receiver: Site
) -> None:
    hook, _ = make_hook(receiver.url("/hook"))
    (delivery,) = bury()
    before = mark()
    answers = {url: auditor.post(url, data).status_code for url, data in writes(hook, delivery)}
    assert set(answers.values()) == {403}
    for url, data in writes(hook, delivery):
        root.get(url, data)
    assert (mark(), receiver.asked) == (before, [])
    assert EventDelivery.objects.get().state == "DEAD"
    assert auditor.get(f"{AT}/{hook.pk}/deliveries/").status_code == 200


def test_row_294_a_change_needs_the_token_of_its_page(root: Browser, receiver: Site) -> None:
    hook, _ = make_hook(receiver.url("/hook"))
    (delivery,) = bury()
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(login="root@example.com"))
    before = mark()
    answers = {browser.post(url, data).status_code for url, data in writes(hook, delivery)}
    assert (answers, mark(), receiver.asked) == ({403}, before, [])


def test_row_287_every_page_renders_without_inline_code_and_with_markup_escaped(
    root: Browser,
) -> None:
    hook, _ = make_hook(name=EVIL)
    bury()
    make_hook(name="Other", is_verified=False)
    found = dict(pages(root, f"{AT}/"))
    assert any(f"{AT}/{hook.pk}/deliveries/" in url for url in found)
    assert any("&lt;img src=x" in body for body in found.values())
    assert [url for url, body in found.items() if "<img src=x" in body] == []
    assert {url: INLINE.findall(body) for url, body in found.items() if INLINE.search(body)} == {}


def test_row_296_deliveries_are_not_counted_and_lists_cost_the_same_for_many(
    root: Browser,
) -> None:
    hook, _ = make_hook()
    counts = []
    for number in (1, 12):
        bury(number)
        for url in (LIST, f"{AT}/", f"{AT}/{hook.pk}/deliveries/", "/admin/"):
            root.get(url)
            with CaptureQueriesContext(connection) as captured:
                assert root.get(url).status_code == 200
            counts.append(len(captured))
            sql = [one["sql"] for one in captured if "management_eventdelivery" in one["sql"]]
            assert [one for one in sql if "COUNT(" in one.upper()] == []
    assert counts[:4] == counts[4:]


def test_the_dashboard_names_hooks_that_don_t_hear(root: Browser) -> None:
    make_hook(name="Quiet one", is_verified=False)
    body = root.get("/admin/").content.decode()
    assert "Quiet one isn&#x27;t verified: what happens waits" in body
    EventHook.objects.update(verification="VERIFIED")
    bury()
    assert "Quiet one hasn&#x27;t heard of some events" in root.get("/admin/").content.decode()
