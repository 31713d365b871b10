"""The SDK's PrivateKey mode: a token of the organisation's server, got with a signed assertion."""

from collections.abc import Callable
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from apps.servers.services import ensure_installation
from tests.factories import make_client, make_server, make_token_policy
from tests.interoperability.okta_python.sdk import Sdk

pytestmark = [pytest.mark.django_db(transaction=True)]
READ = "okta.authorizationServers.read"


def signer(made: Callable[..., Sdk], *allowed: str, scopes: list[str]) -> Sdk:
    """The SDK for a client that may ask for these scopes, and asks for those."""
    ensure_installation()
    key = RSAKey.generate_key(2048, parameters={"kid": "one"})
    client = make_client(
        "config",
        token_policy=make_token_policy(allowed_scopes=list(allowed)),
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
    )
    settings: dict[str, Any] = {
        "authorizationMode": "PrivateKey",
        "clientId": client.client_id,
        "scopes": scopes,
        "privateKey": key.as_pem(private=True).decode(),
        "kid": "one",
    }
    return made(**settings)


def test_it_gets_its_token_by_itself_and_reads(made: Callable[..., Sdk]) -> None:
    server = make_server()
    sdk = signer(made, READ, scopes=[READ])
    assert server.pk in [one.id for one in sdk.call("list_authorization_servers")]
    assert sdk.call("get_authorization_server", server.pk).name == server.name


def test_what_its_scope_does_not_reach_is_refused(made: Callable[..., Sdk]) -> None:
    server = make_server()
    sdk = signer(made, READ, scopes=[READ])
    for method, ids in (("deactivate_authorization_server", server.pk), ("list_users", None)):
        _, _, error = sdk.ask(method, *([ids] if ids else []))
        assert error.error_code == "E0000006" and error.status == 403
