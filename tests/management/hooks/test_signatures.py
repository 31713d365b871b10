"""Row 301: what a receiver can tell from a signature; its check is written in the tests."""

import json
import shutil
import subprocess
from datetime import timedelta

import pytest

from apps.directory.sealing import Unopenable
from apps.management.hooks.models import EventDelivery, EventHookSecret
from apps.management.hooks.secrets import open_signing
from apps.management.hooks.services import rotate_signing_secret
from apps.systemlog.render import as_log_event
from tests.factories import TESTER
from tests.management.hooks.scene import START, Worker, happen, make_hook
from tests.management.hooks.verifier import Forged, Headers, Inbox, verify
from tests.oauth.client_authentication.tls_server import Asked, Site

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOW = START.timestamp()


def deliver_one(receiver: Site, worker: Worker) -> Asked:
    """What the receiver got."""
    happen()
    worker.run()
    return receiver.asked[-1]


def refused(secret: str, headers: Headers, body: bytes, now: float = NOW) -> bool:
    """Whether the receiver refuses it."""
    try:
        verify(secret, headers, body, now=now)
    except Forged:
        return True
    return False


def test_row_301_a_receiver_knows_a_message_by_its_signature(
    receiver: Site, worker: Worker
) -> None:
    hook, secret = make_hook(receiver.url("/hook"))
    asked = deliver_one(receiver, worker)
    assert verify(secret, asked.headers, asked.body, now=NOW) == EventDelivery.objects.get().pk
    assert asked.command == "POST"
    assert asked.headers["Content-Type"] == "application/json"


def test_the_body_is_okta_s_envelope_around_the_event(receiver: Site, worker: Worker) -> None:
    hook, _ = make_hook(receiver.url("/hook"))
    event = happen(user_id="00uOne", reason="because")
    worker.run()
    body = json.loads(receiver.asked[0].body)
    assert body == {
        "eventType": "com.okta.event_hook",
        "eventTypeVersion": "1.0",
        "cloudEventsVersion": "0.1",
        "source": f"http://localhost:8000/api/v1/eventHooks/{hook.pk}",
        "eventId": EventDelivery.objects.get().pk,
        "data": {"events": [json.loads(json.dumps(as_log_event(event)))]},
        "eventTime": "2030-01-01T12:00:00.000Z",
        "contentType": "application/json",
    }


def test_row_301_forged_changed_and_old_messages_are_refused(
    receiver: Site, worker: Worker
) -> None:
    _, secret = make_hook(receiver.url("/hook"))
    asked = deliver_one(receiver, worker)
    headers, body = dict(asked.headers), asked.body
    _, other = make_hook(name="Other", url=receiver.url("/other"))
    assert not refused(secret, headers, body)
    assert refused(other, headers, body)
    for place in (0, len(body) // 2, len(body) - 1):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert refused(secret, headers, changed)
    assert refused(secret, headers | {"webhook-id": "evtOther"}, body)
    assert refused(secret, headers | {"webhook-timestamp": str(int(NOW) + 1)}, body)
    assert refused(secret, headers | {"webhook-signature": "v1,AAAA"}, body)
    assert refused(secret, headers, body, now=NOW + 301)


def test_row_301_a_replayed_message_is_taken_once(receiver: Site, worker: Worker) -> None:
    _, secret = make_hook(receiver.url("/hook"))
    asked = deliver_one(receiver, worker)
    inbox = Inbox(secret)
    taken = [inbox.take(asked.headers, asked.body, now=NOW) for _ in range(2)]
    assert taken == [True, False]


def test_row_301_two_secrets_sign_while_they_overlap_and_one_afterwards(
    receiver: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook, old = make_hook(receiver.url("/hook"))
    monkeypatch.setattr("django.utils.timezone.now", lambda: START)
    new = rotate_signing_secret(actor=TESTER, hook=hook, overlap=timedelta(hours=1))
    asked = deliver_one(receiver, worker)
    assert asked.headers["webhook-signature"].count("v1,") == 2
    assert not refused(old, asked.headers, asked.body)
    assert not refused(new, asked.headers, asked.body)
    worker.now += timedelta(hours=1)
    asked = deliver_one(receiver, worker)
    later = worker.now.timestamp()
    assert asked.headers["webhook-signature"].count("v1,") == 1
    assert not refused(new, asked.headers, asked.body, now=later)
    assert refused(old, asked.headers, asked.body, now=later)


def test_a_signature_is_what_openssl_computes(receiver: Site, worker: Worker) -> None:
    openssl = shutil.which("openssl")
    assert openssl, "openssl is what the README tells receivers to use"
    _, secret = make_hook(receiver.url("/hook"))
    asked = deliver_one(receiver, worker)
    key = subprocess.run(
        [openssl, "base64", "-d", "-A"],
        input=secret.removeprefix("whsec_").encode(),
        capture_output=True,
        check=True,
    ).stdout.hex()
    head = f"{asked.headers['webhook-id']}.{asked.headers['webhook-timestamp']}.".encode()
    digest = subprocess.run(
        [openssl, "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key}", "-binary"],
        input=head + asked.body,
        capture_output=True,
        check=True,
    ).stdout
    text = subprocess.run(
        [openssl, "base64", "-A"], input=digest, capture_output=True, check=True
    ).stdout.decode()
    assert asked.headers["webhook-signature"] == f"v1,{text}"


def test_a_secret_opens_for_its_own_hook_only() -> None:
    hook, secret = make_hook()
    other, _ = make_hook(name="Other")
    row = hook.secrets.get()
    assert open_signing(row) == secret
    assert secret.encode() not in bytes(row.sealed)
    stolen = EventHookSecret(pk=row.pk, hook=other, sealed=row.sealed)
    with pytest.raises(Unopenable):
        open_signing(stolen)


def test_the_receiver_s_own_header_is_sent(receiver: Site, worker: Worker) -> None:
    value = "Bearer a-receiver-s-own-secret"
    hook, _ = make_hook(receiver.url("/hook"), auth_header="Authorization", auth_value=value)
    asked = deliver_one(receiver, worker)
    assert asked.headers["Authorization"] == value
    assert value.encode() not in bytes(hook.sealed_auth_value or b"")
