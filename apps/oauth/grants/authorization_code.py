"""RFC 6749 §4.1.3 with PKCE (RFC 7636): redeem a code. The decision was made at /authorize and
is not made again (R11); what the user, client, server and assignment have become since does
count (R17)."""

from django.utils.translation import gettext_noop

from apps.oauth.grants.contract import GrantContext, Proof
from apps.tokens.families import code_state, end_family, lifetimes_of, redeem_code, revoke_grant
from apps.tokens.issue import Provenance
from apps.tokens.standing import dump_vector, grant_fault, load_vector
from apps.tokens.store import NOTHING, GrantRow, Lookup, Unit
from authzsite.domain.errors import OAuthError, invalid_grant, invalid_request
from authzsite.domain.forms import Form
from authzsite.domain.grant_types import GrantSpec
from authzsite.domain.revocation import rebase
from authzsite.domain.rotation import CodeOutcome, PresentedCode, classify_code
from authzsite.domain.tokens import Kind, digest, looks_like
from authzsite.domain.vocabulary import (
    AUTHORIZATION_CODE,
    OFFLINE_ACCESS,
    REASON_MISSING_TOKEN_PARAMETER,
)

SPEC = GrantSpec(
    name=AUTHORIZATION_CODE,
    label=gettext_noop("Authorization code"),
    has_user=True,
    client_types=frozenset({"web", "native", "browser"}),
    gives_refresh=True,
)


def lookup(form: Form) -> Lookup:
    """The grant of the code; a text that is no code of ours is not looked up."""
    code = form.get("code")
    return (
        Lookup(code=digest(Kind.CODE, code), profile=True)
        if looks_like(Kind.CODE, code)
        else NOTHING
    )


async def prove(context: GrantContext) -> Proof:
    """Classify the code, act on a replay or a failed proof, and hand over the stored decision."""
    form, grant = context.form, _of_server(context)
    if "code" not in form:
        raise invalid_request("The parameter code is missing.", REASON_MISSING_TOKEN_PARAMETER)
    presented = PresentedCode(
        context.client.id, form.get("redirect_uri") or None, form.get("code_verifier") or None
    )
    outcome = classify_code(code_state(grant), presented, context.now)
    if grant is None or not outcome.is_usable:
        raise await _refuse(context, grant, outcome)
    fault = grant_fault(context.reading, context.server, context.now, policies=False)
    if fault is not None:
        raise invalid_grant(fault.reason, detail={"grantId": grant.id})
    return _proof(context, grant)


def _of_server(context: GrantContext) -> GrantRow | None:
    """A code of another server is an unknown one."""
    grant = context.reading.grant
    return grant if grant is not None and grant.server_id == context.server.id else None


async def _refuse(
    context: GrantContext, grant: GrantRow | None, outcome: CodeOutcome
) -> OAuthError:
    """The error; a replay first ends the family, a failed proof by the owner burns the code (RFC
    6749 §4.1.2)."""
    if grant is not None and outcome.kills:
        entry = context.call.entry(
            "app.oauth2.as.token.revoke", reason=outcome.reason, debug={"grantId": grant.id}
        )
        await end_family(context.store, grant, outcome.reason, (entry,), context.now)
    elif grant is not None and outcome.burns:
        burn = revoke_grant(grant.id, outcome.reason, context.now, code_consumed_at=context.now)
        await context.store.write(Unit(burn), context.now)
    return invalid_grant(outcome.reason, detail={"grantId": grant.id} if grant else None)


def _proof(context: GrantContext, grant: GrantRow) -> Proof:
    scopes = tuple(grant.scopes.split())
    vector = load_vector(grant.vector)
    assert vector is not None  # noqa: S101 - grant_fault has read it
    epochs = _epochs_now(context, grant, scopes)
    vector = rebase(vector, epochs, context.reading.cutoffs)
    may_refresh = OFFLINE_ACCESS in scopes and context.client.may_refresh
    step = redeem_code(grant, dump_vector(vector), context.now, with_refresh=may_refresh)
    return Proof(
        requested=scopes,
        is_decided=True,
        scopes=scopes,
        lifetimes=lifetimes_of(grant),
        vector=vector,
        provenance=Provenance(grant.policy_id, grant.rule_id),
        grant_id=grant.id,
        user_id=grant.user_id,
        absolute=step.absolute,
        auth_time=grant.auth_time,
        amr=grant.amr,
        nonce=grant.nonce,
        session_id=grant.session_id,
        update=step.update,
        refresh_token=step.refresh_token,
    )


def _epochs_now(context: GrantContext, grant: GrantRow, scopes: tuple[str, ...]) -> list[int]:
    """R17: the epochs of policy, rule and scopes as they are at the exchange, nothing of theirs
    if they are gone or their time is over."""
    server, live = context.server, context.server.epochs_at(context.now)
    policy = next((p for p in server.book.policies if p.id == grant.policy_id), None)
    rule = next((r for r in policy.rules if r.id == grant.rule_id), None) if policy else None
    found = [part.epoch for part in (policy, rule) if part is not None]
    found += [server.scopes[name].epoch for name in scopes if name in server.book.scopes]
    return [epoch for epoch in found if epoch in live]
