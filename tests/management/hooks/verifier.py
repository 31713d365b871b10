"""A receiver's check of a signature, written from the Standard Webhooks specification and nothing
of ours: what the README tells receivers to do.
"""

import base64
import hashlib
import hmac
from typing import Protocol

TOLERANCE = 5 * 60


class Headers(Protocol):
    """What a web framework hands over."""

    def __getitem__(self, name: str, /) -> str: ...


class Forged(Exception):  # noqa: N818 - what it is
    """Not from the sender, or not now."""


def verify(secret: str, headers: Headers, body: bytes, *, now: float) -> str:
    """The message's id; Forged for anything that the owner of the secret hasn't sent lately."""
    webhook_id, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    if not sent_at.isdigit() or abs(now - int(sent_at)) > TOLERANCE:
        raise Forged("too old, or from the future")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{webhook_id}.{sent_at}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    for one in headers["webhook-signature"].split(" "):
        version, _, signature = one.partition(",")
        if version == "v1" and hmac.compare_digest(signature, expected):
            return webhook_id
    raise Forged("no signature fits")


class Inbox:
    """A receiver that believes nothing: it verifies, and takes each id once."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.taken: list[bytes] = []
        self._seen: set[str] = set()

    def take(self, headers: Headers, body: bytes, *, now: float) -> bool:
        """Whether it was new. Forged for what isn't the sender's."""
        webhook_id = verify(self.secret, headers, body, now=now)
        if webhook_id in self._seen:
            return False
        self._seen.add(webhook_id)
        self.taken.append(body)
        return True
