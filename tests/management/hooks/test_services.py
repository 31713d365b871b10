"""What an administrator may make of a hook, and what the log says of it (R24, rows 250 and 298)."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.management.hooks.events import ELIGIBLE, REVOKE
from apps.management.hooks.models import EventDelivery, EventHook
from apps.management.hooks.secrets import open_auth
from apps.management.hooks.services import (
    activate_event_hook,
    create_event_hook,
    deactivate_event_hook,
    delete_event_hook,
    drop_delivery,
    retry_delivery,
    rotate_signing_secret,
    send_test_event,
    update_event_hook,
    verify_event_hook,
)
from apps.systemlog.models import LogEvent, PeriodicJob
from authzsite.domain.validation import InvalidError
from tests.factories import TESTER
from tests.logbook import changes, events, everything, mark
from tests.management.hooks.scene import NOWHERE, START, Worker, happen, make_hook, only, status
from tests.management.hooks.verifier import verify
from tests.oauth.client_authentication.test_outbound import LOOPBACK
from tests.oauth.client_authentication.tls_server import Asked, Site

pytestmark = pytest.mark.django_db


def problems(**fields: object) -> list[str]:
    """The fields that a new hook is refused for."""
    given = {"name": "Gateway", "url": NOWHERE, "event_types": [REVOKE], **fields}
    try:
        create_event_hook(actor=TESTER, **given)  # type: ignore[arg-type]
    except InvalidError as error:
        return sorted({one.field for one in error.problems})
    return []


BAD_URLS = """
http://93.184.216.34/ https://127.0.0.1/ https://127.1/ https://2130706433/ https://[::1]/
https://10.0.0.1/ https://169.254.169.254/ https://100.64.0.1/ https://[::ffff:10.0.0.1]/
https://[64:ff9b::a9fe:a9fe]/ https://[2002:a9fe:a9fe::]/ https://0x7f.1/ https://017700000001/
https://user:secret@93.184.216.34/ https://93.184.216.34:22/ https://93.184.216.34:25/
https://93.184.216.34/#part file:///etc/passwd gopher://93.184.216.34/ unix:/run/x https:/// x
"""


@pytest.mark.parametrize("url", BAD_URLS.split())
def test_rows_250_and_298_an_address_that_isn_t_public_https_is_refused_when_written(
    url: str,
) -> None:
    assert problems(url=url) == ["url"]
    hook, _ = make_hook(name="Other")
    with pytest.raises(InvalidError) as refused:
        update_event_hook(actor=TESTER, hook=hook, url=url)
    assert (
        str(refused.value) == "url: must be an https address that can be reached from the "
        "public internet"
    )
    assert EventHook.objects.get().url == NOWHERE


def test_row_298_and_again_at_every_delivery(receiver: Site, worker: Worker, settings) -> None:
    make_hook(receiver.url("/hook"))
    happen()
    settings.OUTBOUND_ALLOW = []
    worker.run()
    assert (receiver.asked, only().last_error) == ([], "could not be reached")
    settings.OUTBOUND_ALLOW = LOOPBACK
    worker.later(minutes=1)
    assert only().state == "DELIVERED"


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"event_types": []}, ["event_types"]),
        ({"event_types": ["user.session.start"]}, ["event_types"]),
        ({"auth_header": "Authorization"}, ["auth_value"]),
        ({"auth_value": "secret"}, ["auth_header"]),
        ({"auth_header": "Host", "auth_value": "x"}, ["auth_header"]),
        ({"auth_header": "webhook-id", "auth_value": "x"}, ["auth_header"]),
        ({"auth_header": "X: y", "auth_value": "x"}, ["auth_header"]),
        ({"auth_header": "X", "auth_value": "a\r\nHost: b"}, ["auth_value"]),
        ({"auth_header": "X", "auth_value": "é"}, ["auth_value"]),
        ({"auth_header": "X", "auth_value": "x" * 1001}, ["auth_value"]),
        ({"url": "https://" + "a" * 2000}, ["url"]),
    ],
)
def test_what_can_t_be_stored_is_refused_by_field(
    fields: dict[str, object], refused: list[str]
) -> None:
    assert problems(**fields) == refused
    assert not EventHook.objects.exists()


def test_a_name_is_used_once_and_active_hooks_are_few() -> None:
    make_hook()
    assert problems() == ["name"]
    for number in range(24):
        make_hook(name=f"Hook {number}")
    assert problems(name="One more") == ["status"]
    idle = EventHook.objects.get(name="Hook 0")
    deactivate_event_hook(actor=TESTER, hook=idle)
    assert problems(name="One more") == []
    with pytest.raises(InvalidError):
        activate_event_hook(actor=TESTER, hook=idle)


def test_every_change_is_an_event_and_no_secret_is_in_it() -> None:
    before, value = mark(), "Bearer of-the-receivers"
    hook, secret = make_hook(auth_header="Authorization", auth_value=value)
    assert changes("event_hook.created")["event_types"] == (None, sorted(ELIGIBLE))
    update_event_hook(actor=TESTER, hook=hook, name="Edge", event_types=[REVOKE])
    assert changes("event_hook.updated")["name"] == ("Gateway", "Edge")
    assert changes("event_hook.updated")["event_types"] == (sorted(ELIGIBLE), [REVOKE])
    update_event_hook(actor=TESTER, hook=hook, auth_value="Bearer another-one")
    assert changes("event_hook.updated") == {"auth_value": (None, "changed")}
    new = rotate_signing_secret(actor=TESTER, hook=hook, overlap=timedelta(days=1))
    deactivate_event_hook(actor=TESTER, hook=hook)
    activate_event_hook(actor=TESTER, hook=hook)
    delete_event_hook(actor=TESTER, hook=hook)
    assert events(since=before) == [
        "event_hook.created",
        *["event_hook.updated"] * 3,
        *("event_hook.deactivated", "event_hook.activated", "event_hook.deleted"),
    ]
    log = everything()
    assert not [text for text in (secret, new, value, "another-one") if text in log]


def test_the_header_s_value_is_kept_until_another_or_none_is_given() -> None:
    hook, _ = make_hook(auth_header="X-Key", auth_value="of-the-receiver")
    row = update_event_hook(actor=TESTER, hook=hook, auth_header="X-Other-Key")
    assert open_auth(row) == "of-the-receiver"
    row = update_event_hook(actor=TESTER, hook=hook, auth_header="")
    assert (row.auth_header, row.sealed_auth_value) == ("", None)


def test_another_address_has_to_be_verified_anew() -> None:
    hook, _ = make_hook()
    EventHook.objects.update(failures=9, opened_until=START)
    row = update_event_hook(actor=TESTER, hook=hook, url="https://93.184.216.35/hook")
    row.refresh_from_db()
    assert (row.verification, row.failures, row.opened_until) == ("UNVERIFIED", 0, None)
    assert update_event_hook(actor=TESTER, hook=row, name="x").verification == "UNVERIFIED"


def test_a_secret_is_replaced_with_overlap_once_at_a_time() -> None:
    hook, _ = make_hook()
    rotate_signing_secret(actor=TESTER, hook=hook, overlap=timedelta(days=1))
    assert hook.secrets.filter(expires_at=None).count() == 1
    with pytest.raises(InvalidError):
        rotate_signing_secret(actor=TESTER, hook=hook, overlap=timedelta(days=1))
    rotate_signing_secret(actor=TESTER, hook=hook)
    assert [one.expires_at for one in hook.secrets.all()] == [None]
    rotate_signing_secret(actor=TESTER, hook=hook, overlap=timedelta(days=1))
    hook.secrets.exclude(expires_at=None).update(expires_at=timezone.now())
    rotate_signing_secret(actor=TESTER, hook=hook, overlap=timedelta(days=1))
    assert hook.secrets.count() == 2


def challenged(request: Asked) -> None:
    """A receiver as Okta documents it."""
    challenge = request.headers["x-okta-verification-challenge"]
    body = json.dumps({"verification": challenge}).encode()
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def test_a_receiver_that_gives_the_challenge_back_is_verified(receiver: Site) -> None:
    receiver.pages["/hook"] = challenged
    hook, _ = make_hook(
        receiver.url("/hook"), is_verified=False, auth_header="X-Key", auth_value="of-theirs"
    )
    verify_event_hook(actor=TESTER, hook=hook)
    assert EventHook.objects.get().verification == "VERIFIED"
    (asked,) = receiver.asked
    assert (asked.command, asked.headers["X-Key"]) == ("GET", "of-theirs")
    assert PeriodicJob.objects.get(name="deliver-events").is_wanted


@pytest.mark.parametrize("body", [b"{}", b'{"verification": "x"}', b"[]", b"", b"<html>"])
def test_a_receiver_that_doesn_t_is_not(receiver: Site, body: bytes) -> None:
    hook, _ = make_hook(receiver.show(body, path="/hook"), is_verified=False)
    with pytest.raises(InvalidError, match="did not give the challenge back"):
        verify_event_hook(actor=TESTER, hook=hook)
    assert EventHook.objects.get().verification == "UNVERIFIED"
    assert LogEvent.objects.get(event_type="event_hook.verified").outcome == "FAILURE"


def test_a_test_event_is_signed_like_any_other(receiver: Site) -> None:
    hook, secret = make_hook(receiver.url("/hook"), is_verified=False)
    assert send_test_event(actor=TESTER, hook=hook, now=START).is_delivered
    (asked,) = receiver.asked
    verify(secret, asked.headers, asked.body, now=START.timestamp())
    (event,) = json.loads(asked.body)["data"]["events"]
    assert event["eventType"] == "event_hook.delivery"
    assert not LogEvent.objects.filter(uuid=event["uuid"]).exists()
    assert LogEvent.objects.get(event_type="event_hook.delivery").outcome == "SUCCESS"
    receiver.pages["/hook"] = status(500)
    assert send_test_event(actor=TESTER, hook=hook).words == "answered 500"


def dead(receiver: Site, worker: Worker) -> EventDelivery:
    """A delivery that was given up."""
    receiver.pages["/hook"] = status(410)
    make_hook(receiver.url("/hook"))
    happen()
    worker.run()
    return only()


def test_what_was_given_up_is_delivered_again_by_the_same_id(
    receiver: Site, worker: Worker
) -> None:
    delivery = dead(receiver, worker)
    receiver.show(b"", path="/hook")
    worker.now += timedelta(days=3)  # too old, were it not asked for again
    retry_delivery(actor=TESTER, delivery=delivery, now=worker.now)
    worker.run()
    assert (only().state, only().attempts) == ("DELIVERED", 1)
    assert len({one.headers["webhook-id"] for one in receiver.asked}) == 1
    assert PeriodicJob.objects.get(name="deliver-events").is_wanted
    with pytest.raises(InvalidError):
        retry_delivery(actor=TESTER, delivery=delivery)


def test_what_was_given_up_can_be_dropped_and_the_log_remembers(
    receiver: Site, worker: Worker
) -> None:
    delivery = dead(receiver, worker)
    drop_delivery(actor=TESTER, delivery=delivery)
    assert not EventDelivery.objects.exists()
    event = LogEvent.objects.filter(event_type="event_hook.delivery").order_by("-pk")[0]
    assert (event.outcome, event.actor_id) == ("ABANDONED", TESTER.id)
    assert event.body["target"][1]["detailEntry"]["webhookId"] == delivery.pk


def test_what_is_pending_is_neither_retried_nor_dropped() -> None:
    make_hook()
    happen()
    for service in (retry_delivery, drop_delivery):
        with pytest.raises(InvalidError):
            service(actor=TESTER, delivery=only())
    assert only().state == "PENDING"
