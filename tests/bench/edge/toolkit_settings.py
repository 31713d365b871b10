"""The smallest project around django-oauth-toolkit that serves tokens, made as quick as it can be
by configuration: no middleware, a connection pool, keys in memory. From the environment:
TOOLKIT_DATABASE_URL, TOOLKIT_FOLDER (secrets) and TOOLKIT_HASHER (`cheap` or Django's default)."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(os.environ["TOOLKIT_FOLDER"])
SECRET_KEY = "only-for-a-benchmark"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.bench.edge.toolkit_urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
USE_I18N = False
LOGGING_CONFIG = None
if os.environ["TOOLKIT_HASHER"] == "cheap":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def database(url: str) -> dict[str, Any]:
    """PostgreSQL with a pool, or SQLite with a log that is synced at every commit, as ours."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        options: dict[str, Any] = {
            "timeout": 5,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
        backend = {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.path}
        return {**backend, "CONN_MAX_AGE": None, "OPTIONS": options}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path[1:],
        "USER": parts.username,
        "HOST": parts.hostname,
        "PORT": parts.port,
        "OPTIONS": {"pool": {"min_size": 4, "max_size": 8}},
    }


DATABASES = {"default": database(os.environ["TOOLKIT_DATABASE_URL"])}
OAUTH2_PROVIDER = {
    "SCOPES": {"orders:read": "Read orders"},
    "ACCESS_TOKEN_GENERATOR": "tests.bench.edge.toolkit_tokens.access_token",
    "REFRESH_TOKEN_GENERATOR": "oauthlib.oauth2.rfc6749.tokens.random_token_generator",
    "REFRESH_TOKEN_EXPIRE_SECONDS": 7 * 86400,
    "OIDC_ENABLED": True,
    "OIDC_RSA_PRIVATE_KEY": (FOLDER / "rsa.pem").read_text(),
}
