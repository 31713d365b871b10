"""What a database of the toolkit holds in the tests of `import_dot`, and requests for tokens."""

import base64
import json
import subprocess
import sys
from typing import Any

from django.test import Client as Http

from tests.factories import REDIRECT_URI
from tests.management.caller import FORM, form_of

ADA = "ada@example.com"
LONG_SECRET = "s" * 64 + "T" * 64  # as long as those that the toolkit makes
SHOP = {
    "client_id": "shop-of-the-toolkit",
    "client_secret": LONG_SECRET,
    "client_type": "confidential",
    "authorization_grant_type": "authorization-code",
    "redirect_uris": REDIRECT_URI,
    "name": "Shop",
    "skip_authorization": True,
}
PAGE = {
    "client_id": "page-of-the-toolkit",
    "client_type": "public",
    "authorization_grant_type": "authorization-code",
    "redirect_uris": "https://page.example.com/callback",
    "allowed_origins": "https://page.example.com",
    "name": "Page",
}
PHONE = PAGE | {"client_id": "phone-app", "redirect_uris": "com.example.phone:/cb", "name": "Phone"}
ROBOT = {
    "client_id": "robot-of-the-toolkit",
    "client_secret": "a-plain-secret-of-old",
    "hash_client_secret": False,
    "client_type": "confidential",
    "authorization_grant_type": "client-credentials",
    "name": "Robot",
}
OLD = PAGE | {"client_id": "implicit-app", "authorization_grant_type": "implicit", "name": "Old"}
TRUSTING = SHOP | {"client_id": "password-app", "authorization_grant_type": "password"}
INSECURE = PAGE | {"client_id": "insecure", "redirect_uris": "http://plain.example.com/"}
TOKENS: dict[str, dict[str, Any]] = {
    "clear": {"client_id": "shop-of-the-toolkit", "user": ADA, "text": "c" * 30, "scope": "read"},
    "redacted": {
        "client_id": "shop-of-the-toolkit",
        "user": ADA,
        "text": "R" * 30,
        "scope": "openid read",
        "redacted": True,
    },
    "public": {"client_id": "page-of-the-toolkit", "user": ADA, "text": "p" * 30, "scope": "read"},
    "revoked": {
        "client_id": "shop-of-the-toolkit",
        "user": ADA,
        "text": "v" * 30,
        "scope": "read",
        "revoked": True,
    },
    "stranger": {"client_id": "shop-of-the-toolkit", "user": "eve", "text": "e" * 30, "scope": ""},
    "too much": {
        "client_id": "shop-of-the-toolkit",
        "user": ADA,
        "text": "m" * 30,
        "scope": "read everything",
    },
    "short": {"client_id": "shop-of-the-toolkit", "user": ADA, "text": "short", "scope": "read"},
    "old": {
        "client_id": "shop-of-the-toolkit",
        "user": ADA,
        "text": "o" * 30,
        "scope": "read",
        "days_old": 40,
    },
    "nowhere": {"client_id": "implicit-app", "user": ADA, "text": "n" * 30, "scope": "read"},
}
WORLD = {
    "hasher": "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "users": [ADA, "eve"],
    "applications": [SHOP, PAGE, PHONE, ROBOT, OLD, TRUSTING, INSECURE],
    "tokens": list(TOKENS.values()),
}


def toolkit_database(place: str, **changes: Any) -> str:
    """A database as the toolkit leaves it."""
    command = [sys.executable, "-m", "tests.management.toolkit_project", place]
    result = subprocess.run([*command, json.dumps(WORLD | changes)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return place


FULL = ("--server", "imported", "--assign-everyone", "--refresh-days", "30")


def refresh(text: str, client_id: str = "shop-of-the-toolkit", secret: str = LONG_SECRET) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": text}
    if not secret:
        return post("token", form | {"client_id": client_id})
    return post("token", form, client_id, secret)


def post(endpoint: str, form: dict[str, str], client_id: str = "", secret: str = "") -> Any:
    headers = {}
    if secret:
        pair = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        headers["HTTP_AUTHORIZATION"] = f"Basic {pair}"
    return Http().post(f"/oauth2/imported/v1/{endpoint}", form_of(form), FORM, **headers)  # type: ignore[arg-type]
