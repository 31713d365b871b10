"""A receiver with TLS that OUTBOUND_ALLOW lets us reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.management.hooks.scene import Worker
from tests.oauth.client_authentication.test_outbound import LOOPBACK
from tests.oauth.client_authentication.tls_server import Site, serve, write_certificate


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings) -> Iterator[Site]:
    """It takes what comes to /hook, until a test says otherwise."""
    certificate = write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    settings.OUTBOUND_ALLOW = LOOPBACK
    with serve(certificate) as site:
        site.show(b"", path="/hook")
        yield site


@pytest.fixture
def worker() -> Worker:
    """Nothing has run yet."""
    return Worker()
