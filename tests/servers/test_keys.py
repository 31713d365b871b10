"""Signing keys: made, sealed, opened, rotated, revoked (R1, R15; rows 313 and 315 of the cases)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from joserfc import jws
from joserfc.jwk import JWKRegistry

from apps.servers.keys import KeyUnavailable, generate_key, open_private, seal_private
from apps.servers.models import AuthorizationServer, SigningKey
from apps.servers.services import (
    drop_retired_keys,
    revoke_key,
    rotate_due_keys,
    rotate_keys,
    update_server,
)
from authzsite.domain.tokens import base64url
from tests.factories import TESTER, make_server
from tests.servers.snapshots import jobs, last_event, snapshot

pytestmark = pytest.mark.django_db
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


@pytest.fixture
def server() -> AuthorizationServer:
    return make_server("orders")


def states(server: AuthorizationServer) -> dict[str, str]:
    return dict(SigningKey.objects.filter(server=server).values_list("kid", "state"))


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_r1_signatures_verify_with_the_published_key(alg: str) -> None:
    keys = snapshot(make_server(signing_alg=alg)).keys
    header = base64url(f'{{"alg":"{alg}","kid":"{keys.current.kid}"}}'.encode())
    text = f"{header}.{base64url(b'hello')}"
    signed = f"{text}.{base64url(keys.current.sign(text.encode()))}"
    public = JWKRegistry.import_key(dict(keys.public[keys.current.kid]))
    assert jws.deserialize_compact(signed, public, algorithms=[alg]).payload == b"hello"


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_key_is_named_by_its_thumbprint_and_publishes_no_secret(alg: str) -> None:
    pair = generate_key(alg)
    public = JWKRegistry.import_key(dict(pair.public_jwk))
    assert public.thumbprint() == pair.kid == pair.public_jwk["kid"]
    assert (pair.public_jwk["alg"], pair.public_jwk["use"]) == (alg, "sig")
    assert not {"d", "p", "q", "dp", "dq", "qi"} & pair.public_jwk.keys()
    assert "private" not in repr(pair)


def test_rsa_keys_have_2048_bits() -> None:
    assert len(generate_key("RS256").public_jwk["n"]) == 342


def test_a_sealed_key_opens_only_for_its_own_server_and_kid() -> None:
    sealed = seal_private(b"secret", server_id="a", kid="k")
    assert open_private(sealed, server_id="a", kid="k") == b"secret" and b"secret" not in sealed
    for server_id, kid in (("b", "k"), ("a", "l")):
        with pytest.raises(KeyUnavailable):
            open_private(sealed, server_id=server_id, kid=kid)


def test_a_wrong_key_encryption_key_never_makes_a_new_key(
    server: AuthorizationServer, settings: Any
) -> None:
    before = states(server)
    settings.KEY_ENCRYPTION_KEY = bytes(32)
    with pytest.raises(KeyUnavailable, match="orders"):
        snapshot(server)
    assert states(server) == before


def test_rotation_uses_the_published_key_and_keeps_the_old_one_verifying(
    server: AuthorizationServer,
) -> None:
    before = snapshot(server)
    published = next(kid for kid in before.keys.public if kid != before.keys.current.kid)
    rotate_keys(actor=TESTER, server_id="orders")
    after = snapshot(server)
    assert after.keys.current.kid == published
    assert after.keys.is_published(before.keys.current.kid) and len(after.keys.public) == 3
    assert after.keys.jwks["keys"][0]["kid"] == published
    assert (after.epoch, after.epochs, jobs()) == (before.epoch, before.epochs, [])
    assert last_event("app.oauth2.as.key.rollover").server_id == "orders"


def test_a_retired_key_keeps_no_private_half(server: AuthorizationServer) -> None:
    rotate_keys(actor=TESTER, server_id="orders")
    retired = SigningKey.objects.get(server=server, state="RETIRED")
    assert bytes(retired.sealed_private_key) == b""


def test_r15_a_revoked_key_leaves_at_once_and_its_successor_signs(
    server: AuthorizationServer,
) -> None:
    old = snapshot(server).keys
    revoke_key(actor=TESTER, server_id="orders", kid=old.current.kid)
    new = snapshot(server).keys
    assert not new.is_published(old.current.kid) and new.current.kid in old.public
    assert sorted(states(server).values()) == ["CURRENT", "NEXT", "REVOKED"]
    assert jobs() == [("key", "key revoked")]
    assert last_event("app.oauth2.as.key.revoke").severity == "WARN"


def test_revoking_the_published_key_publishes_another(server: AuthorizationServer) -> None:
    waiting = SigningKey.objects.get(server=server, state="NEXT")
    revoke_key(actor=TESTER, server_id="orders", kid=waiting.kid)
    assert sorted(states(server).values()) == ["CURRENT", "NEXT", "REVOKED"]


def test_another_algorithm_brings_keys_of_its_own(server: AuthorizationServer) -> None:
    old = snapshot(server).keys.current.kid
    update_server(actor=TESTER, server_id="orders", signing_alg="EdDSA")
    keys = snapshot(server).keys
    assert keys.current.alg == "EdDSA" and keys.is_published(old)
    assert sorted(states(server).values()) == ["CURRENT", "NEXT", "RETIRED"]


def test_a_retired_key_goes_when_no_token_can_need_it(server: AuthorizationServer) -> None:
    rotate_keys(actor=TESTER, server_id="orders")
    now = timezone.now()
    assert drop_retired_keys(now + timedelta(hours=23)) == 0
    assert drop_retired_keys(now + timedelta(hours=25)) == 1
    assert sorted(states(server).values()) == ["CURRENT", "NEXT"]


def test_keys_that_have_signed_for_ninety_days_rotate_by_themselves(
    server: AuthorizationServer,
) -> None:
    make_server("manual", rotation_mode="MANUAL")
    now = timezone.now()
    assert rotate_due_keys(now + timedelta(days=89)) == 0
    assert rotate_due_keys(now + timedelta(days=91)) == 1
    assert "RETIRED" in states(server).values()
