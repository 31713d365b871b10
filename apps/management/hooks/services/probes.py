"""Calls that an administrator makes by hand: is the receiver who we think, does it take an event?

Somebody waits for them, so they have three seconds. Never call them inside a transaction.
"""

import secrets
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from apps.directory.rows import lock, save
from apps.directory.sealing import Unopenable
from apps.management.hooks.envelope import auth_headers, envelope, signed
from apps.management.hooks.log import DELIVERY, hook_target, log_hook
from apps.management.hooks.models import EventHook
from apps.management.hooks.schedule import Outcome
from apps.management.hooks.services.deliveries import DELIVER_JOB
from apps.oauth.outbound import DEADLINE_SECONDS, OutboundError, fetch_json, post_json
from apps.systemlog.entries import Actor, Entry
from apps.systemlog.jobs import want
from apps.systemlog.models import LogEvent
from apps.systemlog.record import record, row_of
from apps.systemlog.render import as_log_event
from authzsite.domain.validation import Invalid, InvalidError

CHALLENGE: Final = "x-okta-verification-challenge"
MAX_ANSWER: Final = 4096
UNVERIFIED: Final = "did not give the challenge back"


def verify_event_hook(*, actor: Actor, hook: EventHook) -> EventHook:
    """Ask the receiver to give a challenge back, as Okta does: one GET. InvalidError when it
    doesn't; why not is in the stream."""
    challenge = secrets.token_urlsafe(24)
    if _answer(hook, challenge) != challenge:
        log_hook("verified", actor, hook, reason="the receiver " + UNVERIFIED)
        raise InvalidError(Invalid("receiver", UNVERIFIED))
    with transaction.atomic():
        row = lock(hook)
        if row.url != hook.url:
            raise InvalidError(Invalid("url", "has changed meanwhile"))
        row.verification = EventHook.Verification.VERIFIED.value
        row.failures, row.opened_until = 0, None
        save(row, ["verification", "failures", "opened_until"])
        log_hook("verified", actor, row)
        want(DELIVER_JOB)
    return row


def send_test_event(*, actor: Actor, hook: EventHook, now: datetime | None = None) -> Outcome:
    """Post a made-up event, signed like any other; whether it was taken is in the log, too."""
    at = now or timezone.now()
    webhook_id = "evt" + secrets.token_hex(16)
    entry = Entry(DELIVERY, actor, (hook_target(hook),), debug={"change": "test"})
    body = envelope(hook, webhook_id, [_made_up(entry, at)], at)
    outcome = _post(hook, webhook_id, body, at)
    reason = "" if outcome.is_delivered else outcome.words
    record(
        Entry(
            DELIVERY,
            actor,
            (hook_target(hook),),
            outcome="FAILURE" if reason else "SUCCESS",
            reason=reason,
            debug={"change": "test", "webhookId": webhook_id, "status": outcome.status},
        )
    )
    return outcome


def _answer(hook: EventHook, challenge: str) -> Any:
    try:
        headers = {**auth_headers(hook), CHALLENGE: challenge}
        return fetch_json(hook.url, headers=headers, limit=MAX_ANSWER).body.get("verification")
    except (OutboundError, Unopenable):
        return None


def _made_up(entry: Entry, at: datetime) -> dict[str, Any]:
    """An event in the shape of all others, which is in no log."""
    return as_log_event(LogEvent(**row_of(entry, now=at)))


def _post(hook: EventHook, webhook_id: str, body: dict[str, Any], now: datetime) -> Outcome:
    try:
        message = signed(hook, webhook_id, body, now)
        answer = post_json(
            message.url, message.body, headers=message.headers, seconds=DEADLINE_SECONDS
        )
    except OutboundError:
        return Outcome(error="could not be reached")
    except Unopenable:
        return Outcome(error="could not be signed")
    return Outcome(answer.status, answer.retry_after)
