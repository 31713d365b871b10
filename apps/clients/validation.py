"""Whether a client as a whole may be stored (R5): type, grants, redirect URIs and keys together."""

from collections.abc import Callable, Iterator
from typing import Final

from apps.clients.jwks import jwks_problems
from apps.clients.models import Client
from authzsite.domain import grant_types, limits
from authzsite.domain.validation import (
    Invalid,
    validate_client_id,
    validate_client_label,
    validate_https_uri,
    validate_leeway,
    validate_origin,
    validate_redirect_uris,
    validate_web_uri,
)
from authzsite.domain.vocabulary import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, REFRESH_TOKEN_GRANT

Type = Client.Type
Method = Client.AuthMethod

WITH_USER: Final = frozenset({AUTHORIZATION_CODE, REFRESH_TOKEN_GRANT})
MATRIX: Final[dict[str, frozenset[str]]] = {
    Type.WEB: WITH_USER | {CLIENT_CREDENTIALS},
    Type.NATIVE: WITH_USER,
    Type.BROWSER: WITH_USER,
    Type.SERVICE: frozenset({CLIENT_CREDENTIALS}),
    Type.CONFIG: frozenset({CLIENT_CREDENTIALS}),
}
RESPONSE_TYPES: Final = frozenset({"code", "token"})  # service clients of Okta's tools say "token"
LISTS: Final = (
    "grant_types",
    "response_types",
    "redirect_uris",
    "post_logout_redirect_uris",
    "allowed_origins",
)
LINKS: Final = ("client_uri", "logo_uri", "tos_uri", "policy_uri")
CALLED: Final = ("jwks_uri", "initiate_login_uri")
TEXTS: Final = ("client_id", "name", *LINKS, *CALLED)


def client_problems(client: Client) -> list[Invalid]:
    """Everything wrong with the client; problems of single values hide those of the whole."""
    values = list(_value_problems(client))
    return values or [problem for check in CHECKS for problem in check(client)]


def offered(client_type: str) -> frozenset[str]:
    """The grant types that a client of this type may have, with those that a folder added."""
    added = {spec.name for spec in grant_types.for_client_type(client_type)}
    return MATRIX[client_type] | added


def _value_problems(client: Client) -> Iterator[Invalid]:
    yield from _choice_problems(client)
    for name in LISTS:
        value = getattr(client, name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            yield Invalid(name, "must be a list of texts")
        elif len(set(value)) < len(value):
            yield Invalid(name, "must not name anything twice")
    for name in TEXTS:
        if not isinstance(getattr(client, name), str):
            yield Invalid(name, "must be a text")
    if not isinstance(client.jwks, dict):
        yield Invalid("jwks", "must be an object")
    if not isinstance(client.pkce_required, bool):
        yield Invalid("pkce_required", "must be true or false")


def _choice_problems(client: Client) -> Iterator[Invalid]:
    choices = {
        "type": Type,
        "token_endpoint_auth_method": Method,
        "consent_method": Client.Consent,
        "rotation_type": Client.Rotation,
    }
    for name, allowed in choices.items():
        if getattr(client, name) not in allowed.values:
            yield Invalid(name, f"must be one of {', '.join(allowed.values)}")


def _names(client: Client) -> Iterator[Invalid]:
    yield from validate_client_id(client.client_id)
    yield from validate_client_label(client.name, field="name")
    yield from validate_leeway(client.leeway)


def _grants(client: Client) -> Iterator[Invalid]:
    allowed = offered(client.type)
    if not client.grant_types:
        yield Invalid("grant_types", "must not be empty")
    for name in client.grant_types:
        if name not in allowed:
            yield Invalid(
                "grant_types",
                f"must not hold {name[:80]!r}: {client.type} clients have {_list(allowed)}",
            )
    if REFRESH_TOKEN_GRANT in client.grant_types and not _user_grants(client):
        yield Invalid("grant_types", "must hold authorization_code where it holds refresh_token")
    if client.type in {Type.WEB, Type.NATIVE, Type.BROWSER} and not _user_grants(client):
        yield Invalid("grant_types", f"must hold authorization_code for {client.type} clients")


def _user_grants(client: Client) -> list[str]:
    """The grants that begin something with a user."""
    return [
        name
        for name in client.grant_types
        if grant_types.has_user(name) and not grant_types.is_refresh(name)
    ]


def _responses(client: Client) -> Iterator[Invalid]:
    wanted = set(client.response_types)
    if wanted - RESPONSE_TYPES:
        yield Invalid("response_types", "must be code")
    if (AUTHORIZATION_CODE in client.grant_types) != ("code" in wanted):
        yield Invalid(
            "response_types", "must hold code exactly where grant_types holds authorization_code"
        )
    if "token" in wanted and CLIENT_CREDENTIALS not in client.grant_types:
        yield Invalid("response_types", "must not hold token: the implicit grant is not offered")


def _authentication(client: Client) -> Iterator[Invalid]:
    method = client.token_endpoint_auth_method
    confidential_only = CLIENT_CREDENTIALS in client.grant_types or client.type in {
        Type.SERVICE,
        Type.CONFIG,
    }
    if method == Method.NONE and confidential_only:
        yield Invalid("token_endpoint_auth_method", "must not be none with client_credentials")
    if client.type == Type.BROWSER and method != Method.NONE:
        yield Invalid("token_endpoint_auth_method", "must be none: a browser keeps no secret")
    if method == Method.NONE and not client.pkce_required:
        yield Invalid("pkce_required", "must be true for a public client")
    if method == Method.PRIVATE_KEY_JWT and not (client.jwks or client.jwks_uri):
        yield Invalid("jwks", "must hold keys, or jwks_uri must name them, with private_key_jwt")
    if client.jwks and client.jwks_uri:
        yield Invalid("jwks_uri", "must be empty where jwks is given")


def _uris(client: Client) -> Iterator[Invalid]:
    is_native = client.type == Type.NATIVE
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        yield from validate_redirect_uris(getattr(client, name), is_native=is_native, field=name)
    if AUTHORIZATION_CODE in client.grant_types and not client.redirect_uris:
        yield Invalid("redirect_uris", "must not be empty with authorization_code")
    if len(client.allowed_origins) > limits.MAX_ORIGINS:
        yield Invalid("allowed_origins", "has too many entries", limits.MAX_ORIGINS)
    for origin in client.allowed_origins:
        yield from validate_origin(origin, field="allowed_origins")
    for name in filter(lambda name: getattr(client, name), LINKS):
        yield from validate_web_uri(getattr(client, name), field=name)
    for name in filter(lambda name: getattr(client, name), CALLED):
        yield from validate_https_uri(getattr(client, name), field=name)


def _keys(client: Client) -> list[Invalid]:
    return jwks_problems(client.jwks) if client.jwks else []


def _policies(client: Client) -> Iterator[Invalid]:
    if client.type == Type.CONFIG and client.token_policy_id is None:
        yield Invalid("token_policy", "must be given for a configuration client")
    if client.login_policy_id is not None and not _user_grants(client):
        yield Invalid("login_policy", "must not be given to a client without users")


def _list(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))


CHECKS: Final[tuple[Callable[[Client], Iterator[Invalid] | list[Invalid]], ...]] = (
    _names,
    _grants,
    _responses,
    _authentication,
    _uris,
    _keys,
    _policies,
)
