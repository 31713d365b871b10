"""Whether somebody has to sign in first, and whether they are whom the request is about."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from apps.oauth.authorize.parse import AuthorizationRequest
from apps.oauth.authorize.parties import Parties, Visitor
from apps.oauth.authorize.transaction import (
    OnPage,
    Stage,
    Transaction,
    at_stage,
    digest_of,
    new_transaction_id,
)
from apps.tokens import jwt
from authzsite.domain import vocabulary as words
from authzsite.domain.errors import OAuthError, invalid_request
from authzsite.domain.server import ServerSnapshot

SIGNED_OUT: Final = (
    "You are no longer signed in as before. Go back to the application and start again."
)


@dataclass(frozen=True, slots=True)
class SendAway:
    """The browser has to come back later, with this transaction."""

    transaction: Transaction
    is_reauthentication: bool = False


def transaction_of(
    request: AuthorizationRequest, visitor: Visitor, parties: Parties
) -> Transaction:
    """The request's transaction, begun now if it has none."""
    return request.transaction or Transaction(
        id=new_transaction_id(),
        server_id=request.server_id,
        values=dict(request.form.values),
        started_at=request.started.timestamp(),
        stage=Stage.ENTER.value,
        browser=digest_of(visitor.browser),
        return_uri=parties.redirect_uri,
        client_name=parties.client.name,
    )


def check_resumption(request: AuthorizationRequest, visitor: Visitor) -> None:
    """A transaction goes on with its person and its session, or not at all (row 108)."""
    transaction = request.transaction
    if transaction is None or transaction.stage == Stage.ENTER:
        return
    text = SIGNED_OUT
    if not visitor.user_id:
        raise OnPage("invalid_request", text, reason="transaction_without_session")
    if transaction.user_id not in ("", visitor.user_id):
        raise OnPage("invalid_request", text, reason="transaction_of_another_user")
    if transaction.session_id not in ("", visitor.session_id):
        raise OnPage("invalid_request", text, reason="transaction_of_another_session")


def require_sign_in(
    request: AuthorizationRequest, visitor: Visitor, parties: Parties
) -> SendAway | None:
    """None when the present sign-in will do."""
    if not visitor.user_id:
        return _sign_in(request, visitor, parties)
    if is_fresh(request, visitor):
        return None
    if request.is_silent:
        text = "The sign-in is too old."
        raise OAuthError(words.INTERACTION_REQUIRED, text, reason=words.REASON_APP_SIGN_ON_REQUIRED)
    begun = at_stage(
        transaction_of(request, visitor, parties),
        Stage.SIGN_IN,
        user_id=visitor.user_id,
        session_id=visitor.session_id,
    )
    return SendAway(begun, is_reauthentication=True)


def _sign_in(request: AuthorizationRequest, visitor: Visitor, parties: Parties) -> SendAway:
    begun = transaction_of(request, visitor, parties)
    if request.is_post:
        # SameSite=Lax: a POST from another site comes without our cookies, a GET has them.
        return SendAway(at_stage(begun, Stage.ENTER))
    if request.is_silent:
        text = "Nobody is signed in."
        raise OAuthError(words.LOGIN_REQUIRED, text, reason=words.REASON_LOGIN_REQUIRED)
    return SendAway(at_stage(begun, Stage.SIGN_IN))


def is_fresh(request: AuthorizationRequest, visitor: Visitor) -> bool:
    """OIDC Core §3.1.2.1: `prompt=login` and `max_age=0` want a sign-in later than the request;
    another `max_age` one that wasn't too old when the request came."""
    if visitor.auth_time is None:
        return False
    if "login" in request.prompts or request.max_age == 0:
        return visitor.auth_time > request.started
    if request.max_age is None:
        return True
    return visitor.auth_time >= request.started - timedelta(seconds=request.max_age)


def check_hint(request: AuthorizationRequest, visitor: Visitor, server: ServerSnapshot) -> None:
    """`id_token_hint`: who is signed in must be whom the client means (row 95)."""
    hint = request.form.get("id_token_hint")
    if not hint:
        return
    claims = jwt.verify(hint, server, typ=jwt.ID_TYPE)
    if claims is None:
        raise invalid_request("The parameter id_token_hint is not valid.", "invalid_id_token_hint")
    if claims.get("sub") != visitor.user_id:
        text = "Somebody else is signed in."
        raise OAuthError(words.LOGIN_REQUIRED, text, reason="id_token_hint_of_another_user")
