"""Client authentication: how a client presented itself, and whether the secret it showed is right.

`parse_credentials` reads the Authorization header and the form once. `check_secret` compares
against what the client's rows say. `domain.assertions` judges the claims of a `private_key_jwt`
assertion; its signature is verified outside the domain.
"""

import binascii
import json
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import unquote_plus

from authzsite.domain import vocabulary as words
from authzsite.domain.lifetimes import is_dead
from authzsite.domain.limits import (
    CLIENT_ID_LENGTH,
    MAX_ASSERTION_LENGTH,
    MAX_PARAMETER_LENGTH,
    MAX_PRESENTED_SECRET,
)
from authzsite.domain.tokens import Kind, digest, same

REASON_CLIENT_ID_MISMATCH: Final = "client_id_mismatch"  # ours: header and form name two clients
REASON_CLIENT_INACTIVE: Final = "client_inactive"  # ours; the wire answers as to an unknown one
REASON_ASSERTION_TYPE: Final = "invalid_client_assertion_type"  # ours

Params = Mapping[str, str]
VerifySlow = Callable[[str, str], bool]
"""(stored argon2id digest, presented secret) -> does it match?"""


class AuthMethod(StrEnum):
    """`token_endpoint_auth_method` of a client (RFC 7591 §2)."""

    NONE = "none"
    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"


class SecretKind(StrEnum):
    """How a stored secret was digested: ours have 256 random bits, imported ones need argon2id."""

    SHA256 = "sha256"
    ARGON2ID = "argon2id"


@dataclass(frozen=True, slots=True)
class AuthFault:
    """A failed authentication: the error that the client hears and the reason for the log."""

    error: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """What a request presented: exactly one method; `secret` or `assertion` only with theirs."""

    method: AuthMethod
    client_id: str
    secret: str = field(default="", repr=False)  # values end up in tracebacks
    assertion: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SecretFact:
    """One stored secret; `expires_at` None = no end, `digest` empty = matches nothing."""

    id: str
    digest: str
    kind: SecretKind = SecretKind.SHA256
    expires_at: datetime | None = None
    is_active: bool = True
    last4: str = ""


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """What the rows say of a client; `id` is the row's, `client_id` the name on the wire."""

    id: str
    client_id: str
    auth_method: AuthMethod
    is_active: bool = True
    secrets: tuple[SecretFact, ...] = ()


def parse_credentials(authorization: str | None, params: Params) -> ClientCredentials | AuthFault:
    """The one method by which a request authenticates its client; empty parameters are absent."""
    if params.get("client_assertion") or params.get("client_assertion_type"):
        return _parse_assertion(authorization, params)
    secret, client_id = params.get("client_secret", ""), params.get("client_id", "")
    if authorization:
        return _parse_header(authorization, secret, client_id)
    if not client_id:
        return _refuse(words.REASON_MISSING_CLIENT_CREDENTIALS)
    method = AuthMethod.POST if secret else AuthMethod.NONE
    return _bounded(ClientCredentials(method, client_id, secret))


def _refuse(reason: str) -> AuthFault:
    return AuthFault(words.INVALID_CLIENT, reason)


def _bounded(found: ClientCredentials) -> ClientCredentials | AuthFault:
    if len(found.client_id) > CLIENT_ID_LENGTH[1] or not found.client_id.isprintable():
        return _refuse(words.REASON_INVALID_CLIENT_ID)
    return found


def _parse_header(header: str, secret: str, client_id: str) -> ClientCredentials | AuthFault:
    pair = _decode_basic(header)
    if pair is None:
        return _refuse(words.REASON_INVALID_BASIC_AUTH_CREDS)
    if secret:
        return AuthFault(words.INVALID_REQUEST, words.REASON_MULTIPLE_CLIENT_CREDENTIALS)
    if client_id and client_id != pair[0]:
        return AuthFault(words.INVALID_REQUEST, REASON_CLIENT_ID_MISMATCH)
    method = AuthMethod.BASIC if pair[1] else AuthMethod.NONE
    return _bounded(ClientCredentials(method, pair[0], pair[1]))


def _decode_basic(header: str) -> tuple[str, str] | None:
    """(client id, secret) of RFC 6749 §2.3.1, each form-decoded exactly once; None when malformed.

    Public clients of okta-auth-js send base64(client_id) without a colon: the secret is empty then.
    """
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > MAX_PARAMETER_LENGTH:
        return None
    try:
        text = b64decode(encoded.strip(" ").encode("ascii"), validate=True).decode("utf-8")
        client_id, _, secret = text.partition(":")
        pair = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (ValueError, binascii.Error):
        return None
    return pair if pair[0] and all(map(str.isprintable, pair)) else None


def _parse_assertion(header: str | None, params: Params) -> ClientCredentials | AuthFault:
    if header or params.get("client_secret"):
        return AuthFault(words.INVALID_REQUEST, words.REASON_MULTIPLE_CLIENT_CREDENTIALS)
    if params.get("client_assertion_type") != words.ASSERTION_TYPE_JWT_BEARER:
        return _refuse(REASON_ASSERTION_TYPE)
    assertion = params.get("client_assertion", "")
    client_id = params.get("client_id") or unverified_subject(assertion)
    if not client_id:
        return _refuse(words.REASON_ASSERTION_INVALID_JWT)
    return _bounded(ClientCredentials(AuthMethod.PRIVATE_KEY_JWT, client_id, assertion=assertion))


def unverified_subject(assertion: str) -> str:
    """The `sub` that an assertion claims, to find the client whose keys verify it; else empty."""
    if len(assertion) > MAX_ASSERTION_LENGTH or assertion.count(".") != 2:
        return ""
    payload = assertion.split(".")[1]
    try:
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return ""
    subject = claims.get("sub") if isinstance(claims, dict) else None
    return subject if isinstance(subject, str) else ""


# What an unknown client's secret is compared with, so that both take the same time (row 37).
_DUMMY: Final = SecretFact(id="", digest="0" * 64)


def check_secret(
    facts: ClientFacts | None,
    presented: ClientCredentials,
    now: datetime,
    *,
    verify_slow: VerifySlow | None = None,
) -> SecretFact | AuthFault | None:
    """The secret that matched, None for a public client that rightly sent none, or the fault.

    For `private_key_jwt` this always answers a fault: there, call `check_client`, verify the
    signature, and then `assertions.check_assertion_claims`.
    """
    matched = _match(facts, presented.secret, now, verify_slow)
    fault = check_client(facts, presented)
    if fault is not None:
        return fault
    if presented.method is AuthMethod.NONE:
        return None
    return matched or _refuse(words.REASON_INVALID_CLIENT_SECRET)


def check_client(facts: ClientFacts | None, presented: ClientCredentials) -> AuthFault | None:
    """Is there such a client, is it active, and is this the method it is registered for?"""
    if facts is None or not same(facts.client_id, presented.client_id):
        return _refuse(words.REASON_INVALID_CLIENT_ID)
    if not facts.is_active:
        return _refuse(REASON_CLIENT_INACTIVE)
    if presented.method is facts.auth_method:
        return None
    if presented.method is AuthMethod.NONE:
        return _refuse(words.REASON_MISSING_CLIENT_CREDENTIALS)
    return _refuse(words.REASON_INVALID_AUTH_METHOD)


def _match(
    facts: ClientFacts | None, secret: str, now: datetime, verify_slow: VerifySlow | None
) -> SecretFact | None:
    """The live secret that matches; every live one is tried, whatever the one before said."""
    stored = facts.secrets if facts else ()
    live = [s for s in stored if s.is_active and not is_dead(s.expires_at, now)]
    matched = [s for s in live or (_DUMMY,) if _matches(s, secret, verify_slow)]
    return matched[0] if matched else None


def _matches(stored: SecretFact, secret: str, verify_slow: VerifySlow | None) -> bool:
    if not secret or not stored.digest or len(secret) > MAX_PRESENTED_SECRET:
        return False
    if stored.kind is SecretKind.SHA256:
        return same(stored.digest, digest(Kind.SECRET, secret))
    return verify_slow is not None and verify_slow(stored.digest, secret)
