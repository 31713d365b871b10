"""Each unsafe or contradictory setting is named by a check with a stable id."""

import ipaddress
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from authzsite import checks

HTTPS = "https://auth.example.com"
OLD_KEY = "-----BEGIN RSA PRIVATE KEY-----"
REMOTE = {"default": {"HOST": "db.example.com", "OPTIONS": {"pool": {"max_size": 4}}}}

CASES: list[tuple[str, dict[str, Any]]] = [
    ("authz.E001", {"BASE_URL": "auth.example.com"}),
    ("authz.E001", {"BASE_URL": "ftp://auth.example.com"}),
    ("authz.E002", {"BASE_URL": f"{HTTPS}/"}),
    ("authz.E002", {"BASE_URL": f"{HTTPS}/auth"}),
    ("authz.W003", {"BASE_URL": "http://auth.example.com"}),
    ("authz.E004", {"BASE_URL": HTTPS, "DEBUG": True}),
    ("authz.E005", {"SECRET_KEY": "short"}),
    ("authz.E005", {"SECRET_KEY": "a" * 64}),
    ("authz.E006", {"KEY_ENCRYPTION_KEY": bytes(32)}),
    ("authz.E006", {"KEY_ENCRYPTION_KEY": b"short"}),
    ("authz.E008", {"ALLOWED_HOSTS": ["*"]}),
    ("authz.E008", {"ALLOWED_HOSTS": [".example.com"]}),
    ("authz.E009", {"TLS_CERT": "cert.pem", "TLS_KEY": ""}),
    ("authz.E009", {"TLS_CERT": "", "TLS_KEY": "key.pem"}),
    ("authz.E010", {"TLS_CERT": "/no/such/file", "TLS_KEY": "/no/such/file"}),
    ("authz.E012", {"TLS_CERT": "/no/such/file", "TLS_KEY": "/no/such/file"}),
    ("authz.E029", {"BASE_URL": HTTPS, "TLS_CERT": "", "TRUSTED_PROXIES": []}),
    ("authz.E013", {"OUTBOUND_ALLOW": [ipaddress.ip_network("0.0.0.0/0")]}),
    ("authz.W014", {"OUTBOUND_ALLOW": [ipaddress.ip_network("169.254.169.254/32")]}),
    ("authz.W030", {"METRICS_ALLOW": [ipaddress.ip_network("0.0.0.0/0")]}),
    ("authz.E015", {"TRUSTED_PROXIES": [ipaddress.ip_network("::/0")]}),
    ("authz.E016", {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}),
    ("authz.W018", {"IS_EMBEDDED": True, "REDIS_URL": "redis://localhost"}),
    ("authz.W019", {"REDIS_URL": "", "WEB_PROCESSES": 2}),
    ("authz.W021", {"IS_EMBEDDED": False, "DATABASES": REMOTE}),
    ("authz.W022", {"IS_EMBEDDED": False, "DATABASES": REMOTE, "WEB_THREADS": 5}),
]


def ids(**changes: Any) -> list[str]:
    real = {"PASSWORD_HASHERS": ["authzsite.hashers.Argon2idHasher"]}
    with override_settings(**{**real, **changes}):
        return [message.id or "" for message in checks.check_settings()]


@pytest.mark.parametrize(("expected", "changes"), CASES)
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_an_unsafe_setting_is_named(expected: str, changes: dict[str, Any]) -> None:
    assert expected in ids(**changes)


def test_the_settings_of_a_fresh_installation_pass() -> None:
    assert ids(IS_EMBEDDED=True, REDIS_URL="", WEB_PROCESSES=1) == []


def test_a_quick_hasher_is_named() -> None:
    assert "authz.E017" in ids(PASSWORD_HASHERS=["tests.hashers.WeakHasher"])


def test_keys_in_a_file_are_named_where_several_machines_may_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KEY_ENCRYPTION_KEY")
    assert "authz.W020" in ids(IS_EMBEDDED=False)


def test_secrets_that_others_can_read_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir(mode=0o700)
    (folder / "secret_key").write_text("x")
    (folder / "secret_key").chmod(0o644)
    assert "authz.E007" in ids(SECRETS_DIR=folder)
    (folder / "secret_key").chmod(0o600)
    assert "authz.E007" not in ids(SECRETS_DIR=folder)


def test_a_key_in_the_old_form_is_named(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text(OLD_KEY)
    assert "authz.E011" in ids(BASE_URL=HTTPS, TLS_CERT=str(key), TLS_KEY=str(key))


def test_a_pickling_worker_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from authzsite.celery import app

    monkeypatch.setitem(app.conf, "accept_content", ["json", "pickle"])
    assert "authz.E023" in ids()


@pytest.mark.django_db
def test_errors_stop_the_server_and_warnings_do_not() -> None:
    hashers = ["authzsite.hashers.Argon2idHasher"]
    with override_settings(PASSWORD_HASHERS=hashers, REDIS_URL="redis://127.0.0.1:1"):
        checks.refuse_unsafe_settings()
    with override_settings(DEBUG=True, BASE_URL=HTTPS), pytest.raises(ImproperlyConfigured):
        checks.refuse_unsafe_settings()


def test_a_redis_that_evicts_is_named(redis_url: str) -> None:
    from redis import Redis

    client = Redis.from_url(redis_url)
    with override_settings(REDIS_URL=redis_url):
        assert checks.check_redis(databases=["default"]) == []
        client.config_set("maxmemory-policy", "allkeys-lru")
        found = checks.check_redis(databases=["default"])
        client.config_set("maxmemory-policy", "noeviction")
    client.close()
    assert [message.id for message in found] == ["authz.W028"]


def test_a_redis_that_is_away_is_a_warning() -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:1"):
        found = checks.check_redis(databases=["default"])
    assert [message.id for message in found] == ["authz.W027"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "99999"),
        ("DEMO", "perhaps"),
        ("KEY_ENCRYPTION_KEY", "c2hvcnQ="),
        ("KEY_ENCRYPTION_KEY", "?"),
        ("OUTBOUND_ALLOW", "10.0.0.1/8"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgresql://localhost"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_nonsense_in_the_environment_is_refused(name: str, value: str, tmp_path: Path) -> None:
    environment = {"DATA_DIR": str(tmp_path), name: value}
    program = [sys.executable, "-c", "import authzsite.settings"]
    root = str(settings.ROOT)
    run = subprocess.run(program, env=environment, cwd=root, capture_output=True, text=True)
    assert run.returncode != 0
    assert f"EnvError: {name}" in run.stderr
