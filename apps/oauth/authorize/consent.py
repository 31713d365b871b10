"""Whom a user has to be asked about what (Okta's matrix: `prompt` × the client × each scope)."""

from collections.abc import Collection
from dataclasses import dataclass

from apps.oauth.authorize.parse import AuthorizationRequest
from apps.oauth.authorize.parties import Parties
from apps.oauth.authorize.transaction import Stage, Transaction
from authzsite.domain import vocabulary as words
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.errors import OAuthError
from authzsite.domain.server import ScopeSpec, ServerSnapshot

WEB_SCHEMES = ("http:", "https:")


@dataclass(frozen=True, slots=True)
class AskConsent:
    """A page has to be shown, about these scopes."""

    transaction: Transaction
    parties: Parties
    scopes: tuple[ScopeSpec, ...]


def specs_of(server: ServerSnapshot, names: Collection[str]) -> tuple[ScopeSpec, ...]:
    """The scopes as the page tells them; `groups` has no row of its own."""
    return tuple(server.scopes.get(name) or ScopeSpec(name, 0) for name in names)


def to_ask(
    request: AuthorizationRequest,
    parties: Parties,
    granted: Collection[str],
    remembered: Collection[str],
) -> tuple[str, ...]:
    """The scopes for which somebody has to be asked now; empty for none."""
    client = parties.client
    if is_always_asked(client, parties.redirect_uri):
        return tuple(granted)
    asking = "consent" in request.prompts
    if not asking and client.consent_method != words.CONSENT_MANDATORY:
        return ()
    known = () if asking else remembered
    return tuple(
        scope.name
        for scope in specs_of(parties.server, granted)
        if scope.consent != words.CONSENT_IMPLICIT and scope.name not in known
    )


def is_always_asked(client: ClientSnapshot, redirect_uri: str) -> bool:
    """RFC 8252 §8.6: any app on a device may claim a custom scheme and call itself this client."""
    return client.is_public and client.is_native and not redirect_uri.startswith(WEB_SCHEMES)


def chosen(request: AuthorizationRequest, server: ServerSnapshot) -> frozenset[str]:
    """What the person agreed to on the page that was shown; nothing without a page."""
    if request.choice is None or request.transaction is None:
        return frozenset()
    shown = specs_of(server, request.transaction.shown)
    kept = request.choice.kept
    return frozenset(one.name for one in shown if not one.is_optional or one.name in kept)


def declined(request: AuthorizationRequest, server: ServerSnapshot) -> frozenset[str]:
    """Optional scopes that were unticked."""
    if request.choice is None or request.transaction is None:
        return frozenset()
    return frozenset(request.transaction.shown) - chosen(request, server)


def is_answered(request: AuthorizationRequest) -> bool:
    """Whether this is the answer to a consent page, and not to something else."""
    transaction = request.transaction
    return (
        request.choice is not None
        and transaction is not None
        and transaction.stage == Stage.CONSENT
    )


def refused() -> OAuthError:
    """RFC 6749 §4.1.2.1: the person said no."""
    text = "The user denied the request."
    return OAuthError(words.ACCESS_DENIED, text, reason=words.REASON_USER_DENIED)


def cannot_ask(scopes: Collection[str]) -> OAuthError:
    """`prompt=none` where a page is needed."""
    return OAuthError(
        words.CONSENT_REQUIRED,
        "The user has to consent first.",
        reason=words.REASON_CONSENT_REQUIRED,
        detail={"consentScopes": list(scopes)},
    )
