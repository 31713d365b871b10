"""Rows of clients as the runtime sees them."""

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.clients.compile import compile_client
from authzsite.domain.client_auth import AuthMethod
from tests.clients.keys import EC_KEY, jwks_of
from tests.factories import REDIRECT_URI, make_client, make_token_policy

pytestmark = pytest.mark.django_db


def test_a_snapshot_holds_everything_and_shows_no_secret() -> None:
    client = make_client("web", allowed_origins=["https://spa.example.com"], leeway=7)

    snapshot = compile_client(client.pk)

    assert (snapshot.id, snapshot.client_id, snapshot.leeway) == (client.pk, client.client_id, 7)
    assert snapshot.is_active and snapshot.may_refresh and not snapshot.is_public
    assert snapshot.redirect_uris == (REDIRECT_URI,)
    assert snapshot.allowed_origins == {"https://app.example.com", "https://spa.example.com"}
    assert snapshot.secrets[0].digest not in repr(snapshot)


def test_pkce_is_required_of_a_public_client_whatever_its_row_says() -> None:
    client = make_client("browser")
    type(client).objects.update(pkce_required=False)

    assert compile_client(client.pk).pkce_required


def test_keys_and_token_policy_are_compiled_too() -> None:
    policy = make_token_policy(access_token_lifetime=60)
    client = make_client(
        "config",
        token_policy=policy,
        token_endpoint_auth_method="private_key_jwt",
        jwks=jwks_of(EC_KEY),
    )

    snapshot = compile_client(client.pk)

    assert snapshot.auth_method is AuthMethod.PRIVATE_KEY_JWT
    assert snapshot.jwks == jwks_of(EC_KEY)
    assert snapshot.token_policy is not None
    assert snapshot.token_policy.epoch == policy.epoch
    assert snapshot.token_policy.access_seconds == 60


def test_compiling_takes_two_statements(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = make_client("config")

    with django_assert_num_queries(2):
        compile_client(client.pk)
