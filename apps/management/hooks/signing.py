"""Signatures of the Standard Webhooks specification: HMAC-SHA256 over id, timestamp and body.

`webhook-signature` holds one `v1,<base64>` for each living secret, so that the receiver may change
from one to the next at leisure.
"""

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime

from apps.management.hooks.secrets import key_of

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def signature_headers(
    webhook_id: str, body: bytes, secrets: Iterable[str], now: datetime
) -> dict[str, str]:
    """The three headers; `now` is the time of the attempt, so that a receiver can refuse old
    ones, `webhook_id` is the same at each."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((webhook_id.encode("ascii"), timestamp.encode("ascii"), body))
    signatures = " ".join(f"v1,{_sign(key_of(text), signed)}" for text in secrets)
    return {ID: webhook_id, TIMESTAMP: timestamp, SIGNATURE: signatures}


def _sign(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode("ascii")
