"""The discovery documents (RFC 8414, OIDC Discovery): what this server offers, and nothing else."""

from typing import Any

from authzsite.domain.assertions import ALGORITHMS
from authzsite.domain.client_auth import AuthMethod
from authzsite.domain.grant_types import installed
from authzsite.domain.server import ServerSnapshot

AUTH_METHODS = [method.value for method in AuthMethod if method is not AuthMethod.NONE] + ["none"]
ACCESS_CLAIMS = ["ver", "jti", "iss", "aud", "iat", "exp", "cid", "uid", "scp", "sub"]
IDENTITY_CLAIMS = [
    "iss",
    "ver",
    "sub",
    "aud",
    "iat",
    "exp",
    "jti",
    "auth_time",
    "amr",
    "idp",
    "nonce",
    "name",
    "nickname",
    "preferred_username",
    "given_name",
    "middle_name",
    "family_name",
    "email",
    "email_verified",
    "profile",
    "zoneinfo",
    "locale",
    "address",
    "phone_number",
    "picture",
    "website",
    "gender",
    "birthdate",
    "updated_at",
    "at_hash",
]


def authorization_server_metadata(server: ServerSnapshot) -> dict[str, Any]:
    """RFC 8414 §2."""
    issuer = server.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/v1/authorize",
        "token_endpoint": f"{issuer}/v1/token",
        "jwks_uri": f"{issuer}/v1/keys",
        "introspection_endpoint": f"{issuer}/v1/introspect",
        "revocation_endpoint": f"{issuer}/v1/revoke",
        "end_session_endpoint": f"{issuer}/v1/logout",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": [spec.name for spec in installed()],
        "subject_types_supported": ["public"],
        "scopes_supported": list(server.published_scopes),
        "claims_supported": ACCESS_CLAIMS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        **{f"{endpoint}_endpoint_auth_methods_supported": AUTH_METHODS for endpoint in ENDPOINTS},
        **{
            f"{endpoint}_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS)
            for endpoint in ENDPOINTS
        },
    }


ENDPOINTS = ("token", "introspection", "revocation")


def openid_configuration(server: ServerSnapshot) -> dict[str, Any]:
    """OIDC Discovery §3."""
    return {
        **authorization_server_metadata(server),
        "userinfo_endpoint": f"{server.issuer}/v1/userinfo",
        "id_token_signing_alg_values_supported": [server.signing_alg],
        "claims_supported": IDENTITY_CLAIMS,
    }
