"""Client authentication of a protocol request: domain rules over compiled clients, signatures by
joserfc (R5)."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from apps.clients.secrets import verify_slow
from apps.oauth.client_keys import keys_of
from apps.oauth.requests import ProtocolRequest
from apps.oauth.secret_uses import note_use
from apps.oauth.throttle import tries_at
from apps.systemlog.context import current
from apps.tokens.jwt import unverified_header
from apps.tokens.statements import USED_ASSERTION
from apps.tokens.store import Elsewhere, Insert, Store, Unit
from authzsite.domain import vocabulary as words
from authzsite.domain.assertions import ALGORITHMS, check_assertion_claims
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.client_auth import (
    REASON_CLIENT_INACTIVE,
    AuthFault,
    AuthMethod,
    ClientCredentials,
    ClientFacts,
    SecretFact,
    SecretKind,
    check_client,
    check_secret,
    parse_credentials,
)
from authzsite.domain.errors import OAuthError, invalid_client, invalid_request
from authzsite.domain.lifetimes import after
from authzsite.domain.limits import CLOCK_SKEW_SECONDS, MAX_CLIENT_ASSERTION_SECONDS
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.tokens import digest

_REGISTRY = jws.JWSRegistry(algorithms=list(ALGORITHMS))


def credentials_of(request: ProtocolRequest) -> ClientCredentials:
    """The one method by which the request authenticates; raises OAuthError for none, several or
    malformed ones."""
    found = parse_credentials(request.authorization or None, request.form.values)
    if isinstance(found, AuthFault):
        raise fault_error(found)
    return found


def fault_error(fault: AuthFault | None) -> OAuthError:
    """What the client hears of a failed authentication: one text for all of them (G6). None: there
    is no such client."""
    if fault is None:
        return invalid_client(words.REASON_INVALID_CLIENT_ID)
    if fault.error == words.INVALID_REQUEST:
        return invalid_request("The client is identified more than once.", fault.reason)
    return invalid_client(fault.reason)


async def authenticate(
    store: Store,
    server: ServerSnapshot,
    client: ClientSnapshot | None,
    credentials: ClientCredentials,
    request: ProtocolRequest,
    now: datetime,
) -> ClientSnapshot:
    """The authenticated client, or `invalid_client`."""
    facts = client.facts if client else None
    if credentials.method is AuthMethod.PRIVATE_KEY_JWT:
        if not store.may_block:
            raise Elsewhere  # the client's keys may have to be fetched
        fault = check_client(facts, credentials)
        if fault is None and client is not None:
            await _check_assertion(store, server, client, credentials, request, now)
    else:
        matched = _check_secret(facts, credentials, now, may_block=store.may_block)
        fault = matched if isinstance(matched, AuthFault) else None
        if isinstance(matched, SecretFact):
            await note_use(store, matched.id, now)
    if fault is not None or client is None:
        raise fault_error(fault)
    return client


def _check_secret(
    facts: ClientFacts | None, credentials: ClientCredentials, now: datetime, *, may_block: bool
) -> SecretFact | AuthFault | None:
    """As `check_secret`, with wrong ones counted; too many are a 429. Slow digests, and counting
    together with other processes, are for who may block."""
    if not credentials.secret:
        return check_secret(facts, credentials, now)
    tries = tries_at(credentials.client_id, current().ip_address, now)
    tries.check()
    is_slow = facts is not None and any(s.kind is SecretKind.ARGON2ID for s in facts.secrets)
    if is_slow and not may_block:
        raise Elsewhere
    if is_slow:
        tries.count()
    known = replace(facts, is_active=True) if facts and not facts.is_active else facts
    matched = check_secret(known, credentials, now, verify_slow=verify_slow)
    if isinstance(matched, AuthFault) and not is_slow:
        if not may_block:
            raise Elsewhere
        tries.count()
    if isinstance(matched, SecretFact) and is_slow:
        tries.forgive()
    if known is not facts and isinstance(matched, SecretFact):
        return AuthFault(words.INVALID_CLIENT, REASON_CLIENT_INACTIVE)  # but it was no guess
    return matched


async def _check_assertion(
    store: Store,
    server: ServerSnapshot,
    client: ClientSnapshot,
    credentials: ClientCredentials,
    request: ProtocolRequest,
    now: datetime,
) -> None:
    """RFC 7523 §3: signature by the client's own keys, claims, and a `jti` used exactly once,
    durably."""
    header, claims = _verified(credentials.assertion, client, now)
    reason = check_assertion_claims(
        claims,
        header,
        client_id=client.client_id,
        audiences=request.aliases | {server.issuer, f"{server.issuer}/v1/token", request.url},
        now=now,
    )
    if reason is not None:
        raise invalid_client(reason)
    expires = after(now, MAX_CLIENT_ASSERTION_SECONDS + CLOCK_SKEW_SECONDS)
    row = {"digest": digest(f"assertion:{client.id}", claims["jti"]), "expires_at": expires}
    if not await store.write(Unit(inserts=(Insert(USED_ASSERTION, (row,), or_ignore=True),)), now):
        raise invalid_client(words.REASON_ASSERTION_ALREADY_USED)


def _verified(
    assertion: str, client: ClientSnapshot, now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims once the signature is right; keys, algorithm and `kid` are the client's
    registered ones. No key is looked for before the header is one that we understand."""
    header = unverified_header(assertion)
    kid = header.get("kid")
    if header.get("alg") not in ALGORITHMS:
        raise invalid_client(words.REASON_ASSERTION_INVALID_ALGORITHM)
    if not isinstance(kid, str | None) or header.keys() & {"crit", "b64"}:
        # We understand no extension (RFC 7515 §4.1.11).
        raise invalid_client(words.REASON_ASSERTION_INVALID_JWT)
    keys = keys_of(client, kid, now)
    if keys is None or not keys.keys:
        raise invalid_client(words.REASON_ASSERTION_JWKS_NOT_CONFIGURED)
    try:
        found = jws.deserialize_compact(assertion, keys, list(ALGORITHMS), _REGISTRY)
        claims = json.loads(found.payload)
    except (JoseError, ValueError, TypeError, RecursionError, OverflowError):
        raise invalid_client(words.REASON_ASSERTION_INVALID_SIGNATURE) from None
    if not isinstance(claims, dict):
        raise invalid_client(words.REASON_ASSERTION_INVALID_JWT)
    return header, claims
