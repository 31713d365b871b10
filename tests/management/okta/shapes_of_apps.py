"""Bodies of applications."""

from typing import Any

from tests.factories import REDIRECT_URI

CREDENTIALS = ("client_id", "client_secret", "token_endpoint_auth_method", "pkce_required")
TOP = ("label", "name", "signOnMode")


def app_body(**changed: Any) -> dict[str, Any]:
    """A web application that users sign in to; members by their own name, wherever they belong."""
    top = {"name": "oidc_client", "label": "Portal", "signOnMode": "OPENID_CONNECT"}
    settings: dict[str, Any] = {
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [REDIRECT_URI],
    }
    credentials = {name: changed.pop(name) for name in CREDENTIALS if name in changed}
    top |= {name: changed.pop(name) for name in TOP if name in changed}
    return {
        **top,
        "credentials": {"oauthClient": credentials},
        "settings": {"oauthClient": settings | changed},
    }
