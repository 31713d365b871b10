"""The steps from a request to a code. The order is the security argument, so it stands here:

1. server, client, redirect URI: before them nothing may be sent anywhere
2. the request's own form (`checks`): before anybody is bothered with a page
3. the transaction's person, then sign-in: nothing is decided about nobody
4. `id_token_hint`: the person is the one the client means
5. the policies, once (R11): whoever may not have it isn't asked whether they want to give it
6. consent: the last word is the person's
7. the code, with its events, in one write
"""

from datetime import datetime

from apps.oauth.authorize import consent
from apps.oauth.authorize.checks import check_request
from apps.oauth.authorize.consent import AskConsent
from apps.oauth.authorize.parse import AuthorizationRequest
from apps.oauth.authorize.parties import Back, Parties, Progress, UserCall, Visitor, identify
from apps.oauth.authorize.sign_in import (
    SIGNED_OUT,
    SendAway,
    check_hint,
    check_resumption,
    require_sign_in,
    transaction_of,
)
from apps.oauth.authorize.transaction import OnPage, Stage, at_stage, digest_of
from apps.oauth.facts import access_request
from apps.oauth.token import denial
from apps.systemlog.entries import Entry
from apps.tokens.consents import remembered_scopes
from apps.tokens.families import revoke_grant
from apps.tokens.issue import Provenance
from apps.tokens.open_grant import NewGrant, new_grant_id, open_grant
from apps.tokens.sessions import BY_LOGOUT, is_open
from apps.tokens.standing import stamp
from apps.tokens.store import Store, Unit
from authzsite.domain import vocabulary as words
from authzsite.domain.errors import OAuthError
from authzsite.domain.policy import Decision, evaluate

EVENT = "app.oauth2.as.authorize"
CODE_EVENT = "app.oauth2.as.authorize.code"
SCOPE_EVENT = "app.oauth2.as.authorize.scope_denied"
CONSENT_EVENT = "app.oauth2.as.consent.grant"
SCOPE_REASONS = (words.REASON_NO_SCOPE_ALLOWED, words.REASON_SCOPE_DENIED)

Outcome = str | SendAway | AskConsent


async def answer_authorize(
    store: Store,
    request: AuthorizationRequest,
    visitor: Visitor,
    now: datetime,
    progress: Progress,
) -> Outcome:
    """A code, or what has to happen first. Raises OAuthError; `progress` says where to send it."""
    parties = await identify(store, request, visitor, now, progress)
    check_request(request, parties.client)
    check_resumption(request, visitor)
    away = require_sign_in(request, visitor, parties)
    if away is not None:
        return away
    check_hint(request, visitor, parties.server)
    call = _call_of(progress)
    await _check_refusal(store, request, call, now)
    decision = await _decide(store, request, parties, call, now)
    question = _question(request, visitor, parties, decision)
    if question is not None:
        return question
    return await _give_code(store, request, visitor, parties, call, decision, now)


def _call_of(progress: Progress) -> UserCall:
    """The session's user, as the one SELECT found them."""
    if not isinstance(progress.call, UserCall):
        raise OAuthError(words.LOGIN_REQUIRED, "The user is gone.", reason="user_not_found")
    return progress.call


async def _check_refusal(
    store: Store, request: AuthorizationRequest, call: UserCall, now: datetime
) -> None:
    """ "Deny" ends the request (row 247); an answer to a page that wasn't shown doesn't count."""
    if request.choice is None:
        return
    if not consent.is_answered(request):
        raise OnPage("invalid_request", "Nothing was asked.", reason="consent_without_page")
    if not request.choice.is_allowed:
        entry = call.entry(CONSENT_EVENT, reason=words.REASON_USER_DENIED)
        await store.write(Unit(events=(entry,)), now)
        raise consent.refused()


async def _decide(
    store: Store, request: AuthorizationRequest, parties: Parties, call: UserCall, now: datetime
) -> Decision:
    """The one evaluation of this flow (R11): of what is asked for, less what was unticked."""
    asked = access_request(
        parties.server,
        parties.client,
        parties.reading,
        grant_type=words.AUTHORIZATION_CODE,
        requested=_requested(request, parties),
        now=now,
    )
    decision = evaluate(parties.server.book, asked)
    if decision.is_allowed:
        return decision
    refusal = denial(decision, parties.server.book, asked)
    if decision.reason in SCOPE_REASONS:
        entry = call.entry(SCOPE_EVENT, reason=decision.reason, debug=refusal.detail)
        await store.write(Unit(events=(entry,)), now)
    raise refusal


def _requested(request: AuthorizationRequest, parties: Parties) -> tuple[str, ...] | None:
    """What the request names; after an unticked scope what is left of the page, since naming
    nothing would ask for the defaults again."""
    without = consent.declined(request, parties.server)
    if not without or request.transaction is None:
        return request.requested
    asked = request.requested or request.transaction.shown
    left = tuple(name for name in asked if name not in without)
    if not left:
        raise consent.refused()
    return left


def _question(
    request: AuthorizationRequest, visitor: Visitor, parties: Parties, decision: Decision
) -> AskConsent | None:
    """The page to show; none where all is answered, remembered, or needs no asking."""
    ids = {"client_id": parties.client.id, "server_id": parties.server.id}
    remembered = remembered_scopes(user_id=visitor.user_id, **ids)
    open_ = consent.to_ask(request, parties, decision.scopes, remembered)
    missing = [name for name in open_ if name not in consent.chosen(request, parties.server)]
    if not missing:
        return None
    if request.is_silent:
        raise consent.cannot_ask(missing)
    shown = at_stage(
        transaction_of(request, visitor, parties),
        Stage.CONSENT,
        user_id=visitor.user_id,
        session_id=visitor.session_id,
        shown=decision.scopes,
    )
    return AskConsent(shown, parties, consent.specs_of(parties.server, decision.scopes))


async def _give_code(
    store: Store,
    request: AuthorizationRequest,
    visitor: Visitor,
    parties: Parties,
    call: UserCall,
    decision: Decision,
    now: datetime,
) -> str:
    """The code; OnPage when this transaction has given its one code already, or when the session
    that it was for has ended meanwhile (row 161)."""
    grant = _grant(request, visitor, parties, decision)
    remember = _to_remember(request, visitor, parties, decision)
    events = _events(request, call, decision, grant, remember)
    code = await open_grant(store, grant, events, now, remember=remember)
    if code is None:
        text = "This request has been answered already. Go back to the application."
        raise OnPage("invalid_request", text, reason="transaction_already_used")
    if words.OFFLINE_ACCESS not in grant.scopes and not is_open(visitor.session_key):
        await store.write(Unit(revoke_grant(grant.id, BY_LOGOUT, now)), now)
        raise OnPage("invalid_request", SIGNED_OUT, reason="transaction_without_session")
    return code


def _grant(
    request: AuthorizationRequest, visitor: Visitor, parties: Parties, decision: Decision
) -> NewGrant:
    vector = stamp(parties.reading, parties.server, decision.config_epochs)
    assert vector is not None and decision.lifetimes is not None  # noqa: S101 - allowed, so both are
    assert visitor.auth_time is not None  # noqa: S101 - require_sign_in has looked
    return NewGrant(
        id=new_grant_id(),
        transaction=digest_of(transaction_of(request, visitor, parties).id),
        server_id=parties.server.id,
        client_id=parties.client.id,
        user_id=visitor.user_id,
        policy_id=decision.policy_id,
        rule_id=decision.rule_id,
        scopes=decision.scopes,
        lifetimes=decision.lifetimes,
        vector=vector,
        auth_time=visitor.auth_time,
        amr=visitor.amr,
        session_id=visitor.session_id,
        redirect_uri=request.form.get("redirect_uri"),
        code_challenge=request.form.get("code_challenge"),
        nonce=request.form.get("nonce"),
    )


def _to_remember(
    request: AuthorizationRequest, visitor: Visitor, parties: Parties, decision: Decision
) -> frozenset[str]:
    """The scopes of the page that need asking and are allowed from now on."""
    chosen = consent.chosen(request, parties.server) & frozenset(decision.scopes)
    asked = {
        s.name
        for s in consent.specs_of(parties.server, chosen)
        if s.consent != words.CONSENT_IMPLICIT
    }
    if not asked:
        return frozenset()
    ids = {"client_id": parties.client.id, "server_id": parties.server.id}
    return frozenset(asked) - remembered_scopes(user_id=visitor.user_id, **ids)


def _events(
    request: AuthorizationRequest,
    call: UserCall,
    decision: Decision,
    grant: NewGrant,
    remember: frozenset[str],
) -> tuple[Entry, ...]:
    """The code's event, a warning when narrow mode dropped something (R3), and the consent's."""
    debug = {
        "grantId": grant.id,
        **Provenance.of(decision).debug(decision.scopes),
        "redirectUri": request.form.get("redirect_uri") or None,
        "responseMode": request.mode,
    }
    event = call.entry(CODE_EVENT, debug=debug, severity="WARN" if decision.dropped else "")
    if request.choice is None:
        return (event,)
    agreed = {"grantedScopes": ", ".join(decision.scopes), "remembered": sorted(remember)}
    return call.entry(CONSENT_EVENT, debug=agreed), event


def parameters(outcome: str | OAuthError, back: Back) -> dict[str, str]:
    """The members of the answer (RFC 6749 §4.1.2, RFC 9207 §2)."""
    if isinstance(outcome, OAuthError):
        members = {"error": outcome.code, "error_description": outcome.description}
    else:
        members = {"code": outcome}
    if back.state:
        members["state"] = back.state
    return {**members, "iss": back.issuer}
