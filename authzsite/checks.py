"""System checks for settings that are unsafe or contradict each other; the ids are stable.

`manage.py check` runs them, and so do the web server and `manage.py up` before they answer anybody.
"""

import ipaddress
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import get_random_string

from authzsite.env import Network, envstr

TAG = "authzsite"
OWASP_ARGON2ID = {"memory_cost": 19 * 1024, "time_cost": 2}
EVERYTHING = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
LINK_LOCAL = (ipaddress.ip_network("169.254.0.0/16"), ipaddress.ip_network("fe80::/10"))
Messages = Iterator[CheckMessage]


def error(number: int, text: str, hint: str = "") -> Error:
    """An error stops the start."""
    return Error(text, hint=hint or None, id=f"authz.E{number:03}")


def warning(number: int, text: str, hint: str = "") -> Warning:
    """A warning is printed and nothing more."""
    return Warning(text, hint=hint or None, id=f"authz.W{number:03}")


def check_base_url() -> Messages:
    """Issuers are made from it, and compared octet for octet by every client."""
    parts = urlsplit(settings.BASE_URL)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        yield error(1, f"BASE_URL={settings.BASE_URL!r} isn't an absolute http(s) address.")
    elif parts.path or parts.query or parts.fragment:
        hint = "Write it as https://auth.example.com: no path, no slash at the end."
        yield error(2, f"BASE_URL={settings.BASE_URL!r} has more than scheme and host.", hint)
    elif parts.scheme == "http" and parts.hostname not in settings.LOOPBACK:
        hint = "Set TLS_CERT and TLS_KEY, or put a proxy with https in front."
        yield warning(3, "BASE_URL is http beyond this machine: tokens travel readable.", hint)


def check_debug() -> Messages:
    """A debug page shows settings and local variables."""
    if settings.DEBUG and urlsplit(settings.BASE_URL).hostname not in settings.LOOPBACK:
        yield error(4, "DEBUG is on and BASE_URL isn't on this machine.", "Unset DEBUG.")


def check_secrets() -> Messages:
    """Short keys can be guessed, and files that others can read are no secrets."""
    if len(settings.SECRET_KEY) < 50 or len(set(settings.SECRET_KEY)) < 12:
        yield error(5, "SECRET_KEY is too short or too regular.", f"Try {example_key()}.")
    if len(settings.KEY_ENCRYPTION_KEY) != 32 or len(set(settings.KEY_ENCRYPTION_KEY)) < 12:
        yield error(6, "KEY_ENCRYPTION_KEY isn't 32 random bytes.", "Try: openssl rand -base64 32")
    for path in (settings.SECRETS_DIR, *sorted(settings.SECRETS_DIR.glob("*"))):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield error(7, f"Others can read {path}.", f"chmod go-rwx {path}")


def example_key() -> str:
    """A fresh one, so that nobody copies it from a manual."""
    return get_random_string(64)


def check_hosts() -> Messages:
    """A forged Host header ends in links of password mails."""
    if any(host == "*" or host.startswith(".") for host in settings.ALLOWED_HOSTS):
        yield error(8, "ALLOWED_HOSTS has a wildcard.", "Name each host.")


def check_tls() -> Messages:
    """Both files, readable, in the form that the web server takes."""
    if bool(settings.TLS_CERT) != bool(settings.TLS_KEY):
        yield error(9, "Only one of TLS_CERT and TLS_KEY is set.")
        return
    for name in ("TLS_CERT", "TLS_KEY"):
        path = getattr(settings, name)
        if path and not Path(path).is_file():
            yield error(10, f"{name}={path!r} isn't a file.")
        elif path and name == "TLS_KEY" and "BEGIN PRIVATE KEY" not in Path(path).read_text():
            hint = f"openssl pkcs8 -topk8 -nocrypt -in {path} -out key.pem"
            yield error(11, "TLS_KEY isn't an unencrypted PKCS#8 key.", hint)
    if settings.TLS_CERT and not settings.BASE_URL.startswith("https://"):
        yield error(12, "TLS_CERT is set but BASE_URL is http: issuers would be wrong.")
    if settings.BASE_URL.startswith("https://") and not (
        settings.TLS_CERT or settings.TRUSTED_PROXIES
    ):
        hint = "Set TLS_CERT and TLS_KEY, or name the proxy with https in TRUSTED_PROXIES."
        yield error(29, "BASE_URL is https, but no request could prove that it came by TLS.", hint)


def check_networks() -> Messages:
    """Where outgoing calls may go, and who may say on whose behalf it is calling."""
    if overlap(settings.OUTBOUND_ALLOW, EVERYTHING):
        yield error(13, "OUTBOUND_ALLOW opens every network.", "Name the networks that you mean.")
    elif any(
        a.version == b.version and a.overlaps(b)
        for a in settings.OUTBOUND_ALLOW
        for b in LINK_LOCAL
    ):
        yield warning(
            14, "OUTBOUND_ALLOW reaches link-local addresses: clouds keep credentials there."
        )
    if overlap(settings.METRICS_ALLOW, EVERYTHING):
        hint = "Name the network of your Prometheus."
        yield warning(30, "METRICS_ALLOW lets everybody read /metrics.", hint)
    if overlap(settings.TRUSTED_PROXIES, EVERYTHING):
        yield error(
            15, "TRUSTED_PROXIES believes everybody's X-Forwarded-For.", "Name the proxies."
        )


def overlap(networks: Sequence[Network], wide: Sequence[Network]) -> bool:
    """Whether one of the networks is one of the wide ones."""
    return any(network in wide for network in networks)


def check_hasher() -> Messages:
    """Argon2id at OWASP's parameters or above, for new passwords."""
    from django.contrib.auth.hashers import get_hasher

    hasher = get_hasher()
    if hasher.algorithm != "argon2":
        yield error(16, f"New passwords are hashed by {hasher.algorithm}, not argon2id.")
    elif any(getattr(hasher, name) < least for name, least in OWASP_ARGON2ID.items()):
        yield error(17, "Argon2id runs below 19 MiB and two passes.")


def check_nodes() -> Messages:
    """What several machines or processes have to share."""
    if settings.IS_EMBEDDED and settings.REDIS_URL:
        hint = "Set DATABASE_URL to run on more than one machine, or unset REDIS_URL."
        yield warning(18, "REDIS_URL is set, but the database is a file on this machine.", hint)
    if not settings.REDIS_URL and (not settings.IS_EMBEDDED or settings.WEB_PROCESSES > 1):
        hint = "Set REDIS_URL: attempts are then counted across all of them."
        yield warning(19, "Without REDIS_URL each web process limits attempts by itself.", hint)
    if not settings.IS_EMBEDDED:
        for name in ("SECRET_KEY", "KEY_ENCRYPTION_KEY"):
            if not envstr(name):
                hint = f"Set {name} to the same value on every machine."
                yield warning(20, f"{name} comes from a file of this machine.", hint)


def check_database_url() -> Messages:
    """Passwords and rows across a network, in clear; and a pool smaller than its users."""
    if settings.IS_EMBEDDED:
        return
    database = settings.DATABASES["default"]
    query = dict(parse_qsl(urlsplit(envstr("DATABASE_URL")).query))
    secure = query.get("sslmode") in ("require", "verify-ca", "verify-full")
    host = database["HOST"]
    if host and not host.startswith("/") and host not in settings.LOOPBACK and not secure:
        yield warning(
            21, "DATABASE_URL crosses a network without TLS.", "Add ?sslmode=verify-full."
        )
    pool = database["OPTIONS"].get("pool")
    if isinstance(pool, dict) and pool["max_size"] < settings.WEB_THREADS:
        yield warning(22, "DATABASE_POOL is below WEB_THREADS: requests wait for connections.")


def check_celery() -> Messages:
    """A pickled message is a program."""
    from authzsite.celery import app

    if set(app.conf.accept_content) != {"json"}:
        yield error(23, "Celery accepts more than JSON.")


SETTING_CHECKS = (
    check_base_url,
    check_debug,
    check_secrets,
    check_hosts,
    check_tls,
    check_networks,
    check_hasher,
    check_nodes,
    check_database_url,
    check_celery,
)


@checks.register(TAG)
def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Everything that can be said without asking a server."""
    return [message for check in SETTING_CHECKS for message in check()]


@checks.register(TAG, checks.Tags.database)
def check_postgresql(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """An event has to be durable before the answer leaves (rule R24)."""
    from django.db import DatabaseError, connection

    if not databases or connection.vendor != "postgresql":
        return []
    try:
        with connection.cursor() as cursor:
            # What the server is set to, which our own sessions don't take (authzsite.postgresql).
            cursor.execute(
                "SELECT (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'), "
                "current_setting('fsync')"
            )
            commit, fsync = cursor.fetchone()
    except DatabaseError as reason:
        return [warning(24, f"PostgreSQL doesn't answer: {type(reason).__name__}.")]
    found: list[CheckMessage] = []
    if commit == "off":
        found.append(
            error(25, "PostgreSQL runs with synchronous_commit=off: answers may be forgotten.")
        )
    if fsync == "off":
        found.append(warning(26, "PostgreSQL runs with fsync=off: a power cut destroys it."))
    return found


@checks.register(TAG, checks.Tags.database)
def check_redis(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A broker that evicts keys loses messages."""
    from redis import Redis, RedisError

    if not databases or not settings.REDIS_URL:
        return []
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    try:
        policy = str(client.info("memory").get("maxmemory_policy", "noeviction"))
    except RedisError as reason:
        return [warning(27, f"Redis doesn't answer: {type(reason).__name__}.")]
    finally:
        client.close()
    if policy == "noeviction":
        return []
    return [warning(28, f"Redis evicts keys ({policy}).", "Set maxmemory-policy noeviction.")]


def refuse_unsafe_settings() -> None:
    """Raise on any error of this module; warnings are left to `manage.py check`."""
    found = checks.run_checks(tags=[TAG], databases=["default"])
    errors = [message for message in found if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(str(message) for message in errors))
