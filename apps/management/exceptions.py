"""From what services, serializers and the framework raise to `{"errors": "..."}`."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.db import DatabaseError
from django.http import Http404, HttpResponse
from oauth2_provider.www_authenticate import build_bearer_challenge
from rest_framework import exceptions as drf

from apps.clients.services.guard import REFUSAL as LOCK_OUT
from apps.management.respond import errors
from apps.servers.services.second_person import NEEDED, WORDS, SecondPersonNeeded
from apps.systemlog.units import is_crowded
from authzsite.domain.validation import Invalid, InvalidError
from authzsite.domain.vocabulary import INSUFFICIENT_SCOPE, INVALID_TOKEN

FORBIDDEN = "Forbidden"
NOT_FOUND = "Not Found"
CROWDED = "Many change this at the moment; nothing of this call was done."
REALM = "authzsite"
CONFLICTS = frozenset({LOCK_OUT, "is already in use"})
WIRE_NAMES = {
    "allowed_scopes": "allowedScopes",
    "access_token_lifetime": "accessTokenLifetime",
    "refresh_token_lifetime": "refreshTokenLifetime",
    "use_access_jwt": "useAccessJWT",
    "redirect_uris": "redirectURIs",
    "token_policy": "tokenPolicy",
    "login_policy": "loginPolicy",
    "login_url": "loginURL",
    "custom_claims": "customClaims",
    "store_type": "identityStoreDetails.type",
    "store_domain": "identityStoreDetails.connectionDetails.domain",
    "application_id": "identityStoreDetails.connectionDetails.applicationId",
    "entity_type": "identityStoreDetails.connectionDetails.entityType",
    "owner_client_id": "identityStoreDetails.connectionDetails.clientId",
    "owner_secret": "identityStoreDetails.connectionDetails.clientSecret",
    "client_secret": "secret",
}


class Refusal(Exception):
    """A call that is refused: what the caller hears, and the reason for the log."""

    def __init__(
        self, status: int, text: str, *, reason: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text
        self.reason = reason or text
        self.headers = dict(headers or {})


def not_found() -> Refusal:
    """The same for what doesn't exist and for what isn't of this organisation (rows 258, 272)."""
    return Refusal(404, NOT_FOUND)


def insufficient_scope(needed: str) -> Refusal:
    """403 with the smallest scope that would do (R22)."""
    header = build_bearer_challenge(
        None, {"error": INSUFFICIENT_SCOPE, "scope": needed}, REALM, resource_metadata_url=None
    )
    return Refusal(403, FORBIDDEN, reason=INSUFFICIENT_SCOPE, headers={"WWW-Authenticate": header})


def crowded() -> Refusal:
    """429 for a change that waited for too many others, and would get through a moment later."""
    return Refusal(429, CROWDED, reason="crowded", headers={"Retry-After": "1"})


def refusal_of(error: Exception) -> Refusal | None:
    """The refusal that an exception amounts to; None for one that nobody foresaw."""
    match error:
        case Refusal():
            return error
        case SecondPersonNeeded():
            return Refusal(409, f"server {WORDS}", reason=NEEDED)
        case InvalidError():
            return _invalid(error)
        case DatabaseError() if is_crowded(error):
            return crowded()
        case drf.ValidationError():
            return Refusal(400, "; ".join(_texts(error.detail)))
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            challenge = getattr(error, "auth_header", "Bearer")
            headers = {"WWW-Authenticate": challenge}
            return Refusal(403, FORBIDDEN, reason=INVALID_TOKEN, headers=headers)
        case Http404() | drf.NotFound():
            return not_found()
        case drf.APIException():
            return Refusal(error.status_code, HTTPStatus(error.status_code).phrase)
    return None


def answer_error(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The exception handler of the views; the view keeps the reason for the log."""
    refusal = refusal_of(error)
    if refusal is None:
        return None
    context["view"].reason = refusal.reason
    return errors(refusal.text, refusal.status, refusal.headers)


def _invalid(error: InvalidError) -> Refusal:
    """409 when the present state is in the way, else 422; each problem names field and limit."""
    is_conflict = any(problem.message in CONFLICTS for problem in error.problems)
    text = "; ".join(map(_sentence, error.problems))
    return Refusal(409 if is_conflict else 422, text)


def _sentence(problem: Invalid) -> str:
    text = f"{WIRE_NAMES.get(problem.field, problem.field)} {problem.message}"
    numbers = problem.limit if isinstance(problem.limit, tuple) else (problem.limit,)
    is_told = all(number is None or str(number) in problem.message for number in numbers)
    return text if is_told else f"{text} (limit: {'-'.join(map(str, numbers))})"


def _texts(detail: Any, where: str = "") -> Iterator[str]:
    """`field message` of every problem that a serializer found."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            is_general = name == "non_field_errors"
            suffix = f"[{name}]" if isinstance(name, int) else str(name)
            yield from _texts(inner, where if is_general else f"{where}{suffix}")
    elif isinstance(detail, list):
        for inner in detail:
            yield from _texts(inner, where)
    else:
        yield f"{where} {detail}".strip()
