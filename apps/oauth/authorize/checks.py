"""What is wrong with a request before anybody has to sign in: small checks, in an order that
matters.

All of them run after client and redirect URI are known to belong together, so each answer may be
sent there. The order is Okta's (server, client, redirect URI, then this table), and the first
finding ends it.
"""

import re
from collections.abc import Callable

from apps.oauth.authorize.parse import MODES, AuthorizationRequest
from authzsite.domain import limits, pkce
from authzsite.domain import vocabulary as words
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.errors import OAuthError, invalid_request

PROMPTS = frozenset({"none", "login", "consent"})
WITH_USERS = frozenset({"web", "native", "browser"})
_AGE = re.compile(r"[0-9]{1,10}", re.ASCII)

Check = Callable[[AuthorizationRequest, ClientSnapshot], None]


def refuse_repetition(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """RFC 6749 §3.1: of two values one layer would take the first and another the last."""
    if request.form.repeated:
        raise invalid_request("A parameter is repeated.", words.REASON_DUPLICATE_OAUTH_PARAMS)


def check_state(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """`state` may be left out, and holds any characters; it only has to fit into a URL."""
    if len(request.form.get("state")) > limits.MAX_STATE_LENGTH:
        raise invalid_request("The parameter state is too long.", words.REASON_INVALID_STATE)


def check_response_type(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """Only `code`: tokens never travel in a URL (RFC 9700 §2.1.2)."""
    response_type = request.form.get("response_type")
    if not response_type:
        raise invalid_request("The parameter response_type is missing.")
    if response_type != "code":
        text = "The response type is not supported."
        raise OAuthError(
            words.UNSUPPORTED_RESPONSE_TYPE, text, reason=words.REASON_UNSUPPORTED_RESPONSE_TYPE
        )


def check_response_mode(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """The answer to an unknown mode goes by query."""
    if request.form.get("response_mode") not in ("", *MODES):
        text = "The response mode is not supported."
        raise OAuthError(
            words.UNSUPPORTED_RESPONSE_MODE, text, reason=words.REASON_UNSUPPORTED_RESPONSE_MODE
        )


def check_client_type(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """A service has no users."""
    if client.type not in WITH_USERS:
        text = "This type of client can't send users here."
        raise invalid_request(text, words.REASON_INVALID_CLIENT_APPLICATION_TYPE)


def check_grant(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """The code must be of use to the client."""
    if not client.may_use(words.AUTHORIZATION_CODE):
        text = "The client is not allowed to use this grant type."
        raise OAuthError(
            words.UNAUTHORIZED_CLIENT,
            text,
            reason=words.REASON_CLIENT_NOT_ALLOWED_GRANT,
            detail={"configuredGrantTypes": sorted(client.grant_types)},
        )


def check_challenge(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """PKCE before anything that a user sees, so that no code can exist without it (RFC 9700
    §2.1.1)."""
    form = request.form
    fault = pkce.challenge_error(
        form.get("code_challenge"), form.get("code_challenge_method"), client.pkce_required
    )
    if fault is not None:
        raise invalid_request("PKCE with a code_challenge of method S256 is required.", fault)


def check_nonce(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """It is stored with the grant and returned in the ID token."""
    if len(request.form.get("nonce")) > limits.MAX_NONCE_LENGTH:
        raise invalid_request("The parameter nonce is too long.", words.REASON_INVALID_NONCE)


def check_login_hint(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """It is shown on the sign-in page."""
    if len(request.form.get("login_hint")) > limits.MAX_LOGIN_HINT_LENGTH:
        raise invalid_request("The parameter login_hint is too long.")


def check_prompt(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """OIDC Core §3.1.2.1: `none` stands alone."""
    prompts = request.prompts
    if prompts - PROMPTS or (request.is_silent and len(prompts) > 1):
        raise invalid_request("The parameter prompt is not valid.", words.REASON_INVALID_PROMPT)


def check_max_age(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """Seconds; 0 asks for a page, which `prompt=none` forbids."""
    text = request.form.get("max_age")
    if not text:
        return
    low, high = limits.MAX_AGE_SECONDS
    if not _AGE.fullmatch(text) or not low <= int(text) <= high:
        raise invalid_request("The parameter max_age is not valid.", words.REASON_INVALID_MAX_AGE)
    if int(text) == 0 and request.is_silent:
        reason = words.REASON_INVALID_PROMPT_FOR_ZERO_MAX_AGE
        raise invalid_request("max_age=0 and prompt=none exclude each other.", reason)


def check_scope(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """The grammar only; what the scopes mean is for the policies to say."""
    _ = request.requested


def refuse_request_objects(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """OIDC Core §6: not offered, and never fetched (row 100)."""
    for name in ("request", "request_uri"):
        if name in request.form:
            raise OAuthError(f"{name}_not_supported", f"The parameter {name} is not supported.")


CHECKS: tuple[Check, ...] = (
    refuse_repetition,  # first: after it a name has one value
    check_state,
    check_response_type,
    check_response_mode,
    check_client_type,  # before its grants, which follow from its type
    check_grant,
    check_challenge,
    check_nonce,
    check_login_hint,
    check_prompt,
    check_max_age,  # reads prompt
    check_scope,
    refuse_request_objects,
)


def check_request(request: AuthorizationRequest, client: ClientSnapshot) -> None:
    """Raise the first finding."""
    for check in CHECKS:
        check(request, client)
