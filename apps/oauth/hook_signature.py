"""How the receiver of an inline hook knows that a question is ours and new (row 301): a Security
Event Token (RFC 8417) in a header, signed with the server's own key. Its public keys are at the
server's keys endpoint, and overlap while one takes over from another."""

import hashlib
from datetime import datetime
from typing import Final

from apps.tokens.jwt import sign
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.tokens import base64url

HEADER: Final = "Hook-Signature"
TYPE: Final = "secevent+jwt"  # RFC 8417 §2.3: nobody takes it for an access or ID token
EVENT: Final = "urn:authzsite:inline-hook"


def signature(
    body: bytes, *, server: ServerSnapshot, audience: str, event_id: str, now: datetime
) -> str:
    """A JWT for the hook at the address `audience` about the octets of `body`: `iat` says when it
    was asked, `jti` is the question's `eventId`, by which a replay is told."""
    claims = {
        "iss": server.issuer,
        "aud": audience,
        "iat": int(now.timestamp()),
        "jti": event_id,
        "events": {EVENT: {"sha256": base64url(hashlib.sha256(body).digest())}},
    }
    return sign(claims, server.keys.current, typ=TYPE)
