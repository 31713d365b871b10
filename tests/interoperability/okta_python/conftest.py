"""A client of the SDK for an administrator who may do everything."""

from collections.abc import Callable, Iterator

import pytest

from apps.management.api_tokens.services import create_api_token
from apps.management.okta import rate
from apps.servers.services import ensure_installation
from tests.factories import TESTER, make_superuser
from tests.interoperability.okta_python.sdk import Sdk


@pytest.fixture
def made(base_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sdk]]:
    """Makes clients; the SDK takes plain http in tests only."""
    monkeypatch.setenv("OKTA_TESTING_TESTINGDISABLEHTTPSCHECK", "true")
    monkeypatch.setattr(rate, "CALLS_PER_MINUTE", 10**6)  # it would wait a minute out
    from okta.client import Client

    clients: list[Sdk] = []

    def make(token: str = "", **settings: object) -> Sdk:
        given = {"orgUrl": base_url, **({"token": token} if token else {}), **settings}
        clients.append(Sdk(Client(given), base_url, token))
        return clients[-1]

    yield make
    for one in clients:
        one.runner.close()


@pytest.fixture
def sdk(made: Callable[..., Sdk]) -> Sdk:
    """With an API token."""
    ensure_installation()
    _, text = create_api_token(actor=TESTER, owner=make_superuser(), name="sdk")
    return made(text)
