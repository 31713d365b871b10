"""The one settings file; deployment facts come from the environment: `authzsite.env.SETTINGS`."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from authzsite.databases import read_database
from authzsite.env import (
    EnvError,
    decode_key,
    envbool,
    envint,
    envlist,
    envnetworks,
    envsecret,
    envstr,
    new_encryption_key,
    new_secret_key,
)
from authzsite.logs import logging_config

ROOT = Path(__file__).resolve().parent.parent

# Where we are and who may reach us.
DATA_DIR = (ROOT / envstr("DATA_DIR")).resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
PORT = envint("PORT")
TLS_CERT = envstr("TLS_CERT")
TLS_KEY = envstr("TLS_KEY")
BASE_URL = envstr("BASE_URL") or f"{'https' if TLS_CERT else 'http'}://localhost:{PORT}"
HOST = urlsplit(BASE_URL).hostname or ""
IS_HTTPS = BASE_URL.startswith("https://")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
BIND = envstr("BIND") or ("127.0.0.1" if HOST in LOOPBACK else "0.0.0.0")  # noqa: S104
ALLOWED_HOSTS = [HOST, *envlist("ALLOWED_HOSTS"), *(LOOPBACK if HOST in LOOPBACK else ())]
ALLOWED_HOSTS = [f"[{host}]" if ":" in host else host for host in ALLOWED_HOSTS]
TRUSTED_PROXIES = envnetworks("TRUSTED_PROXIES")
OUTBOUND_ALLOW = envnetworks("OUTBOUND_ALLOW")
METRICS_ALLOW = envnetworks("METRICS_ALLOW")
DEBUG = envbool("DEBUG")
DEMO = envbool("DEMO")
ADMIN_PASSWORD = envstr("ADMIN_PASSWORD")

# Secrets: from the environment, else files that only we can read.
SECRETS_DIR = DATA_DIR / "secrets"
SECRET_KEY = envsecret("SECRET_KEY", SECRETS_DIR / "secret_key", new_secret_key)
KEY_ENCRYPTION_KEY = decode_key(
    "KEY_ENCRYPTION_KEY",
    envsecret("KEY_ENCRYPTION_KEY", SECRETS_DIR / "key_encryption_key", new_encryption_key),
)

# The house.
INSTALLED_APPS = [
    "authzsite.apps.AuthzAdminConfig",
    "authzsite.apps.AuthzsiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "apps.systemlog",
    "apps.directory",
    "apps.clients",
    "apps.servers",
    "apps.policies",
    "apps.tokens",
    "apps.oauth",
    "apps.management",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "csp",
]
MIDDLEWARE = [
    "authzsite.middleware.TrustedProxies",
    "apps.systemlog.middleware.RequestContextMiddleware",
    "authzsite.middleware.DatabasePatience",
    "authzsite.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "authzsite.middleware.PageSecurityPolicy",
    "authzsite.middleware.PageHeaders",
    "authzsite.middleware.PageSession",
    "authzsite.middleware.PageCommon",
    "authzsite.middleware.PageCsrf",
    "authzsite.middleware.PageUser",
    "authzsite.middleware.PageMessages",
    "allauth.account.middleware.AccountMiddleware",
    "authzsite.doors.Doors",
]
ROOT_URLCONF = "authzsite.urls"
WSGI_APPLICATION = "authzsite.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"  # the one there is; with a second, LocaleMiddleware asks the browser
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Where rows and counters live.
REDIS_URL = envstr("REDIS_URL")
WEB_THREADS = envint("WEB_THREADS", high=512)
DATABASES = {
    "default": read_database(
        envstr("DATABASE_URL"),
        data_dir=DATA_DIR,
        pool_size=envint("DATABASE_POOL", default=WEB_THREADS + 4, high=1000),
    )
}
IS_EMBEDDED = DATABASES["default"]["ENGINE"].endswith("sqlite3")
WEB_PROCESSES = envint("WEB_PROCESSES", default=1 if IS_EMBEDDED else os.cpu_count() or 1, high=256)
EDGE = envstr("EDGE", choices=("wsgi", "pipelined")) or ("wsgi" if IS_EMBEDDED else "pipelined")
if EDGE == "pipelined" and IS_EMBEDDED:
    raise EnvError("EDGE=pipelined needs PostgreSQL: set DATABASE_URL.")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
if REDIS_URL:
    CACHES["default"] = {
        "BACKEND": "authzsite.caches.SteadyRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "authzsite",
        # A stuck Redis must cost a request half a second, not a thread.
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }

# People.
AUTH_USER_MODEL = "directory.User"
AUTHENTICATION_BACKENDS = ["apps.directory.backends.PasswordBackend"]
PASSWORD_HASHERS = [
    "authzsite.hashers.Argon2idHasher",
    # Imported hashes verify once and are replaced at the first sign-in.
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        (
            "UserAttributeSimilarityValidator",
            {"user_attributes": ("login", "email", "first_name", "last_name")},
        ),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "authzsite.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers' addresses get no mail from us
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
# One limiter, and it isn't allauth's, which counts but not atomically: apps.directory.attempts.
ACCOUNT_RATE_LIMITS: Any = False
ACCOUNT_FORMS = {
    "change_password": "authzsite.account_forms.ChangePasswordForm",
    "reset_password": "authzsite.account_forms.ResetPasswordForm",
}
MFA_ADAPTER = "authzsite.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts are made by administrators, not by strangers
MFA_TOTP_TOLERANCE = 1  # clocks of telephones; each code is good once, whenever it is typed
MFA_RATE_LIMITS: Any = False
MFA_FORMS = {
    "authenticate": "authzsite.account_forms.AuthenticateForm",
    "reauthenticate": "authzsite.account_forms.ReauthenticateForm",
    "activate_totp": "authzsite.account_forms.ActivateTOTPForm",
}
MFA_TOTP_ISSUER = HOST
USERSESSIONS_TRACK_ACTIVITY = False

# Browsers.
COOKIE_PREFIX = "__Host-" if IS_HTTPS else ""
SESSION_ENGINE = "apps.directory.sessions"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60  # from the sign-in on, used or not
SESSION_IDLE_AGE = 2 * 60 * 60
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
CSRF_TRUSTED_ORIGINS = [BASE_URL] if "://" in BASE_URL else []
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
# Believed from TRUSTED_PROXIES only: the first middleware removes it from other requests.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not no-referrer, which turns the Origin of our own form posts into "null".
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
SILENCED_SYSTEM_CHECKS = [
    "security.W002",  # ours are subclasses that leave programs alone: authzsite.middleware
    "security.W003",
    "security.W005",  # our neighbours' names aren't ours to decide about
    "security.W021",
    "security.W008",  # redirecting http is the proxy's
    *(() if IS_HTTPS else ("security.W004", "security.W010", "security.W012", "security.W016")),
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# Programs.
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],  # each view states its own; a test holds them to it
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "authzsite",
    "DESCRIPTION": "The management APIs: Okta's dialect below `/api/v1`, Identity Cloud's below the"
    " organisation. Both change what the console changes, by the same services.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": "/"}],
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,  # `nextRotation` is there for some servers only
    "SERVE_PUBLIC": True,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,  # what the description lacks is a test's to say
    "PREPROCESSING_HOOKS": ["apps.management.description.hooks.only_management"],
    # Enumerations stay where they are used: a name for each would depend on all the others.
    "POSTPROCESSING_HOOKS": ["apps.management.description.hooks.with_the_bases_part"],
}

# django-oauth-toolkit: its resource-server half, over our verifier; no models, no token path.
OAUTH2_PROVIDER = {
    "OAUTH2_BACKEND_CLASS": "apps.management.resource_server.ConfigurationTokens",
    "OAUTH2_VALIDATOR_CLASS": "oauthlib.oauth2.RequestValidator",
}

# Mail and logs.
EMAIL = urlsplit(envstr("EMAIL_URL"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = envstr("EMAIL_FROM") or f"authzsite@{HOST}"
EMAIL_TIMEOUT = 5
if EMAIL.hostname:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = EMAIL.hostname, EMAIL.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL.username or "", EMAIL.password or ""
    EMAIL_USE_SSL = EMAIL.scheme == "smtps"
    EMAIL_USE_TLS = not EMAIL_USE_SSL and EMAIL.hostname not in LOOPBACK
else:
    # Not the console: reset links are secrets, and stdout is a log.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
LOG_RETENTION_DAYS = envint("LOG_RETENTION_DAYS", high=36500)
LOG_LEVEL = envstr("LOG_LEVEL", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = logging_config(LOG_LEVEL)
