"""The project's settings in a folder of their own, with a key that is the same in every run."""

import atexit
import base64
import os
import shutil
import tempfile
from pathlib import Path

# Ours alone: nothing of the developer's own installation leaks into a test, or the other way round.
for name in ("BASE_URL", "ADMIN_PASSWORD", "TLS_CERT", "TLS_KEY", "EMAIL_URL"):
    os.environ.pop(name, None)
for name in ("OUTBOUND_ALLOW", "METRICS_ALLOW", "TRUSTED_PROXIES"):
    os.environ.pop(name, None)
TEST_DATA_DIR = Path(tempfile.mkdtemp(prefix="authzsite-test-"))
atexit.register(shutil.rmtree, TEST_DATA_DIR, ignore_errors=True)
os.environ |= {
    "DATA_DIR": str(TEST_DATA_DIR),
    "PORT": "8000",
    "DEBUG": "0",
    "DATABASE_URL": os.environ.get("TEST_DATABASE_URL", ""),
    "REDIS_URL": os.environ.get("TEST_REDIS_URL", ""),
    "DATABASE_POOL": "64",  # the races use fifty threads
    "SECRET_KEY": "a-key-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
    "KEY_ENCRYPTION_KEY": base64.b64encode(bytes(range(32))).decode(),
    "LOG_LEVEL": "WARNING",
    # What tests.edge has in between, and what the processes serve that a test starts.
    "EDGE": os.environ.get("TEST_EDGE", "") if os.environ.get("TEST_DATABASE_URL") else "",
}

from authzsite.settings import *  # noqa: E402, F403
from authzsite.settings import CACHES, DATABASES, IS_EMBEDDED  # noqa: E402

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]

# A busy machine may take its time to make a connection; what an outage is, tests/faults says.
if not IS_EMBEDDED:
    DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 30

# A file, not memory: races need several connections. Not synced: no test survives a power cut.
if IS_EMBEDDED:
    DATABASES["default"]["TEST"] = {"NAME": str(TEST_DATA_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )

# Each xdist worker counts its own attempts, in its own Redis database: clearing empties all of one.
if "LOCATION" in CACHES["default"]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    CACHES["default"]["LOCATION"] = f"{CACHES['default']['LOCATION'].rpartition('/')[0]}/{worker}"

# argon2id as in production costs 30 ms per sign-in; its own test uses the real one.
PASSWORD_HASHERS = ["tests.hashers.QuickHasher"]

# Static files are looked up when asked for: listing them all costs each test client 25 ms.
WHITENOISE_AUTOREFRESH = True
