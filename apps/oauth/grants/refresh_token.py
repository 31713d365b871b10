"""RFC 6749 §6 with rotation (R13): the stored decision is used, never made again (R11); whether
it still stands is the gate's to say (R15). The client hears one text; the log tells the causes
apart (R14)."""

from django.utils.translation import gettext_noop

from apps.oauth.grants.contract import GrantContext, Proof
from apps.oauth.requests import requested_scopes
from apps.tokens.families import Step, end_family, lifetimes_of, refresh_state, retry, rotate
from apps.tokens.issue import Provenance
from apps.tokens.standing import grant_fault, load_vector
from apps.tokens.store import NOTHING, GrantRow, Lookup
from authzsite.domain.errors import OAuthError, invalid_refresh_token, invalid_request
from authzsite.domain.forms import Form
from authzsite.domain.grant_types import GrantSpec
from authzsite.domain.imported_tokens import grant_named_by, is_of_grant, refresh_digest
from authzsite.domain.rotation import Presented, RefreshCase, RefreshOutcome, classify_refresh
from authzsite.domain.vocabulary import (
    INVALID_SCOPE,
    REASON_MISSING_TOKEN_PARAMETER,
    REASON_REFRESH_SCOPES_DENIED,
    REFRESH_TOKEN_GRANT,
)

SPEC = GrantSpec(
    name=REFRESH_TOKEN_GRANT,
    label=gettext_noop("Refresh token"),
    has_user=True,
    client_types=frozenset({"web", "native", "browser"}),
    in_rules=False,
)


def lookup(form: Form) -> Lookup:
    """The grant that the token's text names; garbage is not looked up."""
    grant_id = grant_named_by(form.get("refresh_token"))
    return Lookup(grant=grant_id, profile=True) if grant_id else NOTHING


async def prove(context: GrantContext) -> Proof:
    """Classify the token, act on a replay, and hand over the stored decision with the next use
    of the family."""
    text = context.form.get("refresh_token")
    if not text:
        raise invalid_request(
            "The parameter refresh_token is missing.", REASON_MISSING_TOKEN_PARAMETER
        )
    grant = context.reading.grant
    outcome = _classify(context, text)
    if grant is None or not outcome.is_usable:
        raise await _refuse(context, grant, outcome)
    fault = grant_fault(context.reading, context.server, context.now)
    if fault is not None:
        raise invalid_refresh_token(fault.reason, detail={"grantId": grant.id})
    asked = requested_scopes(context.form)
    scopes = _narrowed(grant, asked)
    step = _step(context, grant, outcome, text, asked or ())
    if step is None:
        raise await _refuse(context, grant, RefreshOutcome(RefreshCase.REUSED))
    return _proof(grant, scopes, step)


def _classify(context: GrantContext, text: str) -> RefreshOutcome:
    grant = context.reading.grant
    if grant is not None and grant.server_id != context.server.id:
        grant = None  # a token of another server is an unknown one
    key = bytes.fromhex(grant.family_key) if grant is not None else b""
    genuine = grant is not None and is_of_grant(text, grant.id, key)
    presented = Presented(refresh_digest(text), context.client.id, genuine)
    return classify_refresh(refresh_state(grant, context.client), presented, context.now)


async def _refuse(
    context: GrantContext, grant: GrantRow | None, outcome: RefreshOutcome
) -> OAuthError:
    """The error; a replay first ends the family (RFC 9700 §4.14.2)."""
    if grant is not None and outcome.kills:
        entry = context.call.entry(
            "app.oauth2.as.token.detect_reuse",
            reason=outcome.reason,
            debug={"grantId": grant.id, "currentRefreshTokenHash": grant.refresh_digest},
        )
        await end_family(context.store, grant, "detect_reuse", (entry,), context.now)
    return invalid_refresh_token(outcome.reason, detail={"grantId": grant.id} if grant else None)


def _narrowed(grant: GrantRow, asked: tuple[str, ...] | None) -> tuple[str, ...]:
    """RFC 6749 §6: never more than was granted; the family keeps its scopes."""
    granted = tuple(grant.scopes.split())
    if not asked:
        return granted
    extra = [scope for scope in asked if scope not in granted]
    if extra:
        text = "The requested scope exceeds the scope that was granted."
        raise OAuthError(
            INVALID_SCOPE, text, reason=REASON_REFRESH_SCOPES_DENIED, detail={"deniedScopes": extra}
        )
    return asked


def _step(
    context: GrantContext,
    grant: GrantRow,
    outcome: RefreshOutcome,
    text: str,
    asked: tuple[str, ...],
) -> Step | None:
    if outcome.case is RefreshCase.RETRY:
        return retry(grant, context.client, text, asked)
    return rotate(grant, context.client, text, asked, context.now)


def _proof(grant: GrantRow, scopes: tuple[str, ...], step: Step) -> Proof:
    return Proof(
        requested=scopes,
        is_decided=True,
        scopes=scopes,
        lifetimes=lifetimes_of(grant),
        vector=load_vector(grant.vector),
        provenance=Provenance(grant.policy_id, grant.rule_id),
        grant_id=grant.id,
        user_id=grant.user_id,
        absolute=step.absolute,
        auth_time=grant.auth_time,
        amr=grant.amr,
        session_id=grant.session_id,
        update=step.update,
        refresh_token=step.refresh_token,
    )
