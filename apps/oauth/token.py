"""The token endpoint's steps, in order and nothing else: authenticate, prove, evaluate, issue.
One read, one write, whichever edge drives them."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from apps.oauth.endpoint import Attempt, Session, open_session, reopen_session
from apps.oauth.facts import ServerFacts, access_request
from apps.oauth.grants import GRANTS
from apps.oauth.grants.contract import GrantContext, Proof
from apps.oauth.hook_call import ask_hook
from apps.oauth.requests import ProtocolRequest, requested_scopes
from apps.oauth.subjects import subject_facts
from apps.tokens.issue import Provenance, issue
from apps.tokens.mint import Order
from apps.tokens.standing import stamp
from apps.tokens.store import Elsewhere, Reading, Store
from authzsite.domain import vocabulary as words
from authzsite.domain.client import CONFIGURATION, ClientSnapshot
from authzsite.domain.errors import OAuthError, invalid_request, temporarily_unavailable
from authzsite.domain.policy import AccessRequest, Decision, PolicyBook, evaluate, explain
from authzsite.domain.server import ServerSnapshot

EVENT = "app.oauth2.as.token.grant"
TRIES = 8  # a lost race reads again and is then classified; races between so many don't occur


async def answer_token(
    store: Store, request: ProtocolRequest, now: datetime, attempt: Attempt
) -> dict[str, Any]:
    """The members of the token answer (RFC 6749 §5.1). Raises OAuthError."""
    grant_type = _grant_type(request)
    module = GRANTS[grant_type]
    lookup = module.lookup(request.form)
    requested = requested_scopes(request.form)
    session = await open_session(
        store, request, lookup, now, attempt, grant_type=grant_type, requested=requested
    )
    for _ in range(TRIES):
        allow_grant(session.client, grant_type)
        allow_server(session.server, session.client)
        answer = await _answer(session, module)
        if answer is not None:
            return answer
        session = await reopen_session(session, lookup, attempt)
    raise temporarily_unavailable("contention")


def _grant_type(request: ProtocolRequest) -> str:
    grant_type = request.form.get("grant_type")
    if not grant_type:
        raise invalid_request(
            "The parameter grant_type is missing.", words.REASON_MISSING_GRANT_TYPE
        )
    if grant_type not in GRANTS:
        text = "The grant type is not supported."
        raise OAuthError(
            words.UNSUPPORTED_GRANT_TYPE, text, reason=words.REASON_UNSUPPORTED_GRANT_TYPE
        )
    return grant_type


def allow_grant(client: ClientSnapshot, grant_type: str) -> None:
    """Raise what a client hears that doesn't have this grant type."""
    if grant_type not in client.grant_types:
        text = "The client is not allowed to use this grant type."
        raise OAuthError(
            words.UNAUTHORIZED_CLIENT,
            text,
            reason=words.REASON_CLIENT_NOT_ALLOWED_GRANT,
            detail={"configuredGrantTypes": list(client.grant_types)},
        )


def allow_server(server: ServerFacts, client: ClientSnapshot) -> None:
    """Configuration clients get tokens from the organisation's own server, and nobody else does
    (R19): their token policy must not stand in for the policies of any other server."""
    if server.is_organization != (client.type == CONFIGURATION):
        text = "The client is not allowed to use this authorization server."
        raise OAuthError(
            words.UNAUTHORIZED_CLIENT, text, reason=words.REASON_INVALID_CLIENT_APPLICATION_TYPE
        )


async def _answer(session: Session, module: Any) -> dict[str, Any] | None:
    """Prove, evaluate, issue; None when the grant's conditional update lost its race."""
    context = GrantContext(
        session.store,
        session.server,
        session.client,
        session.reading,
        session.request.form,
        session.call,
        session.now,
    )
    proof: Proof = await module.prove(context)
    if not proof.is_decided:
        proof = _decide(session, proof)
    order = order_of(session.server, session.client, session.reading, proof, session.now)
    call = session.call
    if proof.requested != call.requested:  # those of the grant, where it was decided before
        call = replace(call, requested=proof.requested)
    assert proof.provenance is not None  # noqa: S101 - set by the grant or by _decide
    hook_id = session.server.book.hooks.get(proof.provenance.rule_id)
    if hook_id and not session.store.may_block:
        raise Elsewhere
    return await issue(
        session.store,
        call,
        order,
        proof.provenance,
        session.now,
        update=proof.update,
        refresh_token=proof.refresh_token,
        revise=partial(ask_hook, hook_id, session, proof, order) if hook_id else None,
    )


def _decide(session: Session, proof: Proof) -> Proof:
    """Evaluate the policies now: initial authentication of the client (R11)."""
    request = access_request(
        session.server,
        session.client,
        session.reading,
        grant_type=session.call.grant_type,
        requested=proof.requested,
        now=session.now,
    )
    decision = evaluate(session.server.book, request)
    if not decision.is_allowed:
        raise denial(decision, session.server.book, request)
    return replace(
        proof,
        scopes=decision.scopes,
        lifetimes=decision.lifetimes,
        vector=stamp(session.reading, session.server, decision.config_epochs),
        provenance=Provenance.of(decision),
    )


DESCRIPTIONS = {
    words.REASON_USER_NOT_ASSIGNED: "User is not assigned to the client application.",
    words.REASON_NO_MATCHING_SCOPE: (
        "One or more scopes are not configured for the authorization server resource."
    ),
    words.REASON_NO_DEFAULT_SCOPES: (
        "The request names no scope and the authorization server has no default scopes."
    ),
    words.REASON_OPENID_SCOPE_REQUIRED: (
        "The openid scope is required to request other OpenID Connect scopes."
    ),
    words.REASON_OPENID_NOT_ALLOWED_CLIENT_CREDS: (
        "OpenID Connect scopes are not allowed with client_credentials."
    ),
}
POLICY_DENIED = "Policy evaluation failed for this request, please check the policy configurations."


def denial(decision: Decision, book: PolicyBook, request: AccessRequest) -> OAuthError:
    """The error of a refused decision: little for the client, the whole trace for the log (R24)."""
    text = DESCRIPTIONS.get(
        decision.reason,
        POLICY_DENIED if decision.error == words.ACCESS_DENIED else "The scope is not allowed.",
    )
    status = 401 if decision.reason == words.REASON_NO_MATCHING_POLICY else 400
    detail = {
        "trace": explain(book, request).as_dict(compact=True),
        "deniedScopes": f"[{', '.join(decision.dropped_names)}]" if decision.dropped else None,
        "policy": decision.policy_id or None,
        "rule": decision.rule_id or None,
    }
    return OAuthError(decision.error, text, reason=decision.reason, status=status, detail=detail)


def order_of(
    server: ServerSnapshot, client: ClientSnapshot, reading: Reading, proof: Proof, now: datetime
) -> Order:
    """What the tokens are made of, of a decided proof."""
    assert proof.lifetimes is not None and proof.vector is not None  # noqa: S101 - set by the grant or by _decide
    return Order(
        server=server,
        client=client,
        subject=subject_facts(reading, client, proof.scopes, now),
        scopes=proof.scopes,
        lifetimes=proof.lifetimes,
        vector=proof.vector,
        grant_id=proof.grant_id,
        user_id=proof.user_id,
        absolute=proof.absolute,
        auth_time=proof.auth_time,
        amr=proof.amr,
        nonce=proof.nonce,
        session_id=proof.session_id,
    )
