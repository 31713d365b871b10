"""From DATABASE_URL to Django's DATABASES: SQLite made safe, or PostgreSQL."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from authzsite.env import EnvError

# A request that waits longer than this has lost its client; better a 503 than a heap of threads.
POSTGRES_LIMITS = {
    "statement_timeout": 15_000,
    # Half of a protocol request's patience: the server says it first, and who gets the lock at the
    # last moment has as long for what it came for.
    "lock_timeout": 2_000,
    "idle_in_transaction_session_timeout": 30_000,
    "jit": "off",  # compiling a statement of milliseconds takes half a second
    "TimeZone": "UTC",  # here, or each new connection would take a statement more
}


def read_database(url: str, *, data_dir: Path, pool_size: int) -> dict[str, Any]:
    """The `default` entry of DATABASES."""
    if not url:
        return sqlite(data_dir / "authzsite.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(Path(parts.path))
    if parts.scheme in ("postgresql", "postgres"):
        return postgresql(url, pool_size=pool_size)
    raise EnvError(f"DATABASE_URL starts with {parts.scheme}://; postgresql:// is supported.")


def sqlite(path: Path) -> dict[str, Any]:
    """Write-ahead log, synced at every commit: an answered event survives a power cut."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 5,
            # Take the write lock at BEGIN: a transaction that reads first can't be upgraded later.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


def postgresql(url: str, *, pool_size: int) -> dict[str, Any]:
    """psycopg 3 with its pool; the URL's query (sslmode, ...) goes to libpq as it is."""
    parts = urlsplit(url)
    if not parts.path.strip("/"):
        raise EnvError("DATABASE_URL names no database: postgresql://user:password@host:port/name.")
    limits = " ".join(f"-c {name}={value}" for name, value in POSTGRES_LIMITS.items())
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "authzsite.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 2,
            "options": limits,
            "prepare_threshold": 5,  # not None, which would forbid it to those who ask for it
            "pool": {"min_size": 1, "max_size": pool_size},
            **query,
        },
    }
