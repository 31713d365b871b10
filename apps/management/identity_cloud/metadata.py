"""The discovery document of the organisation's own server: what it offers, and nothing else."""

from typing import Any

from django.conf import settings

from authzsite.domain.assertions import ALGORITHMS
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.vocabulary import CLIENT_CREDENTIALS

AUTH_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
ENDPOINTS = ("token", "introspection", "revocation")


def openid_configuration(server: ServerSnapshot) -> dict[str, Any]:
    """OIDC Discovery §3 as far as it applies: nobody signs in here, so nothing is authorized."""
    issuer = server.issuer
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/token",
        "introspection_endpoint": f"{issuer}/token/introspect",
        "revocation_endpoint": f"{issuer}/token/revoke",
        "jwks_uri": f"{issuer}/jwk",
        **offer(server),
    }


def at_oktas_addresses(server: ServerSnapshot) -> dict[str, Any]:
    """The same server where Okta's tools look for it: its document is at the root, so the root is
    the issuer that a reader of the document has to find in it (RFC 8414 §3.3)."""
    issuer = settings.BASE_URL
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth2/v1/token",
        "introspection_endpoint": f"{issuer}/oauth2/v1/introspect",
        "revocation_endpoint": f"{issuer}/oauth2/v1/revoke",
        "registration_endpoint": f"{issuer}/oauth2/v1/clients",
        "jwks_uri": f"{issuer}/oauth2/v1/keys",
        **offer(server),
    }


def offer(server: ServerSnapshot) -> dict[str, Any]:
    """What it offers, at whatever addresses."""
    algorithms = list(ALGORITHMS)
    return {
        "response_types_supported": [],
        "grant_types_supported": [CLIENT_CREDENTIALS],
        "subject_types_supported": ["public"],
        "scopes_supported": list(server.published_scopes),
        "id_token_signing_alg_values_supported": [server.signing_alg],
        **{f"{name}_endpoint_auth_methods_supported": AUTH_METHODS for name in ENDPOINTS},
        **{f"{name}_endpoint_auth_signing_alg_values_supported": algorithms for name in ENDPOINTS},
    }
