"""Deployment facts from the environment: one table, and readers that raise on nonsense.

Product behaviour lives in rows, per authorization server. Here is what a machine has to be told.
"""

import base64
import binascii
import ipaddress
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class EnvError(Exception):
    """An environment variable holds something that can't be meant."""


@dataclass(frozen=True)
class Setting:
    """One environment variable; an empty default means that `help` says what happens without it."""

    name: str
    default: str
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting("PORT", "8000", "Port that the web server listens on."),
    Setting(
        "BASE_URL", "", "Public address, scheme and host only; http://localhost:PORT without it."
    ),
    Setting(
        "BIND", "", "Address to listen on; loopback for a localhost BASE_URL, else every interface."
    ),
    Setting(
        "DATA_DIR", "var", "Folder of the embedded database, the secrets, the broker and mail."
    ),
    Setting(
        "DATABASE_URL",
        "",
        "postgresql://user:password@host:port/name; SQLite in DATA_DIR without it.",
    ),
    Setting(
        "DATABASE_POOL",
        "",
        "PostgreSQL connections per process at most; WEB_THREADS + 4 without it.",
    ),
    Setting(
        "REDIS_URL", "", "redis://host:port/0 as broker and cache; files in DATA_DIR without it."
    ),
    Setting(
        "ADMIN_PASSWORD",
        "",
        "Password of the first administrator; generated, printed once without it.",
    ),
    Setting(
        "EDGE",
        "",
        "pipelined (on PostgreSQL) or wsgi: without it the former on PostgreSQL, else the latter.",
    ),
    Setting("DEMO", "1", "0 starts without the demo organisation."),
    Setting("TLS_CERT", "", "PEM file of the certificate chain, to serve https."),
    Setting("TLS_KEY", "", "PEM file of the private key (PKCS#8), to serve https."),
    Setting(
        "OUTBOUND_ALLOW",
        "",
        "Networks, comma-separated, that outgoing calls may reach though not public.",
    ),
    Setting(
        "TRUSTED_PROXIES", "", "Networks whose X-Forwarded-For and X-Forwarded-Proto are believed."
    ),
    Setting(
        "METRICS_ALLOW",
        "127.0.0.0/8,::1",
        "Networks that may read /metrics (Prometheus); everybody else gets 404.",
    ),
    Setting(
        "ALLOWED_HOSTS", "", "Host names, comma-separated, to answer to beside the one of BASE_URL."
    ),
    Setting(
        "WEB_PROCESSES",
        "",
        "Web processes; one on SQLite, one per processor on PostgreSQL without it.",
    ),
    Setting("WEB_THREADS", "4", "Threads per web process."),
    Setting("SECRET_KEY", "", "Signs sessions and links; DATA_DIR/secrets/secret_key without it."),
    Setting(
        "KEY_ENCRYPTION_KEY", "", "32 bytes in base64; encrypts keys at rest; a file without it."
    ),
    Setting(
        "EMAIL_URL", "", "smtp[s]://user:password@host:port; mail goes to DATA_DIR/mail without it."
    ),
    Setting("EMAIL_FROM", "", "Sender of mail; authzsite@ the host of BASE_URL without it."),
    Setting(
        "LOG_RETENTION_DAYS",
        "90",
        "Days that the system log and finished revocations are kept.",
    ),
    Setting("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR."),
    Setting("DEBUG", "0", "1 shows tracebacks to everybody: never where others can reach it."),
)

DEFAULTS = {setting.name: setting.default for setting in SETTINGS}
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def envstr(name: str, *, choices: tuple[str, ...] = ()) -> str:
    """The value of a variable of the table, or its default."""
    value = os.environ.get(name, "").strip() or DEFAULTS[name]
    if choices and value and value not in choices:
        raise EnvError(f"{name}={value!r} must be one of {', '.join(choices)}.")
    return value


def envbool(name: str) -> bool:
    """A switch: 1/true/yes/on or 0/false/no/off."""
    value = envstr(name).lower()
    if value not in TRUE + FALSE:
        raise EnvError(f"{name}={value!r} must be one of {', '.join(TRUE + FALSE)}.")
    return value in TRUE


def envint(name: str, *, default: int = 0, low: int = 1, high: int = 65535) -> int:
    """A whole number between two limits; `default` where the table has none."""
    value = envstr(name) or str(default)
    try:
        number = int(value)
    except ValueError:
        raise EnvError(f"{name}={value!r} must be a whole number.") from None
    if not low <= number <= high:
        raise EnvError(f"{name}={number} must lie between {low} and {high}.")
    return number


def envlist(name: str) -> list[str]:
    """The comma-separated parts, trimmed."""
    return [part.strip() for part in envstr(name).split(",") if part.strip()]


def envnetworks(name: str) -> list[Network]:
    """The comma-separated networks or addresses."""
    try:
        return [ipaddress.ip_network(part) for part in envlist(name)]
    except ValueError as error:
        raise EnvError(f"{name}: {error}; networks look like 10.0.0.0/8 or fd00::/8.") from None


def envsecret(name: str, path: Path, generate: Callable[[], str]) -> str:
    """A secret from the variable, else from its file, which is made on first use."""
    return os.environ.get(name, "").strip() or read_or_create(path, generate)


def read_or_create(path: Path, generate: Callable[[], str]) -> str:
    """The file's text; two processes that both find it missing agree on the one that came first."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(generate() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def new_secret_key() -> str:
    """Enough for every signature Django makes."""
    return secrets.token_urlsafe(64)


def new_encryption_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def decode_key(name: str, text: str) -> bytes:
    """The 32 bytes of a key in base64, either alphabet."""
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise EnvError(f"{name} must be base64.") from None
    if len(key) != 32:
        raise EnvError(f"{name} must be 32 bytes in base64; it is {len(key)}.")
    return key
