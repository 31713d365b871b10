"""The steps of UserInfo (OIDC Core §5.3): the bearer's claims, if the token is alive and has
`openid`."""

from datetime import datetime
from typing import Any

from apps.oauth import runtime
from apps.oauth.endpoint import Attempt, server_of
from apps.oauth.subjects import subject_facts
from apps.tokens.introspect import Verdict, judge, present
from apps.tokens.log import Call
from apps.tokens.mint import claim_error
from apps.tokens.store import Store
from authzsite.domain.claims import ClaimFailure, userinfo_claims
from authzsite.domain.errors import OAuthError
from authzsite.domain.revocation import Cause
from authzsite.domain.vocabulary import (
    ACCESS_TOKEN,
    INSUFFICIENT_SCOPE,
    INVALID_TOKEN,
    OPENID,
    REASON_ACCESS_TOKEN_INVALID,
    REASON_ACCESS_TOKEN_MISSING,
    REASON_ACCESS_TOKEN_REVOKED,
    REASON_OPENID_SCOPE_REQUIRED_ACCESS_TOKEN,
    REASON_TOKEN_EXPIRED,
)

EVENT = "app.oauth2.as.userinfo"


async def answer_userinfo(
    store: Store, server_id: str, token: str, now: datetime, attempt: Attempt
) -> dict[str, Any]:
    """The claims of the user; raises OAuthError with the challenge of RFC 6750 §3."""
    if not token:
        raise OAuthError(
            "invalid_request",
            "The access token is missing.",
            reason=REASON_ACCESS_TOKEN_MISSING,
            status=401,
            challenge="Bearer",
        )
    shown = present(token, profile=True)
    reading = await store.read(server_id, "", shown.lookup, now)
    attempt.server = server = server_of(reading)
    verdict = judge(shown, reading, server, now)
    if verdict.fault is not None or verdict.kind != ACCESS_TOKEN or reading.owner is None:
        raise bearer_error(verdict)
    client = runtime.client_snapshot(reading.owner)
    attempt.client, attempt.origins = client, client.allowed_origins
    attempt.call = Call(server, client, user_id=verdict.user_id)
    if OPENID not in verdict.scopes:
        raise insufficient_scope(OPENID)
    claims = userinfo_claims(server.claims, subject_facts(reading, client, verdict.scopes, now))
    if isinstance(claims, ClaimFailure):
        raise claim_error(claims)
    return claims


def bearer_error(verdict: Verdict) -> OAuthError:
    """401 `invalid_token` (RFC 6750 §3.1): one text, the log tells the reasons apart."""
    cause = verdict.fault.cause if verdict.fault else Cause.MISSING
    known = {Cause.MISSING: REASON_ACCESS_TOKEN_INVALID, Cause.EXPIRED: REASON_TOKEN_EXPIRED}
    text = "The access token is invalid."
    return OAuthError(
        INVALID_TOKEN,
        text,
        reason=known.get(cause, REASON_ACCESS_TOKEN_REVOKED),
        status=401,
        challenge=f'Bearer error="invalid_token", error_description="{text}"',
        detail={"fault": verdict.fault.reason if verdict.fault else None},
    )


def insufficient_scope(scope: str) -> OAuthError:
    """403 `insufficient_scope` with the scope that would do (RFC 6750 §3.1)."""
    text = "The access token does not have the required scope."
    return OAuthError(
        INSUFFICIENT_SCOPE,
        text,
        reason=REASON_OPENID_SCOPE_REQUIRED_ACCESS_TOKEN,
        status=403,
        challenge=f'Bearer error="insufficient_scope", scope="{scope}"',
    )
