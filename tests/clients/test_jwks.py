"""A client's own keys: public, strong, few and told apart (R5)."""

from typing import Any

import pytest

from apps.clients.jwks import jwks_problems
from tests.clients.keys import (
    AGREEMENT_KEY,
    EC_KEY,
    ED_KEY,
    PRIVATE_KEY,
    RSA_KEY,
    SYMMETRIC_KEY,
    WEAK_KEY,
    jwks_of,
)

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "keys",
    [
        (EC_KEY,),
        (RSA_KEY,),
        (ED_KEY,),
        ({**EC_KEY, "kid": "a", "use": "sig"}, {**RSA_KEY, "kid": "b"}),
    ],
)
def test_public_keys_for_signatures_are_accepted(keys: tuple[dict[str, Any], ...]) -> None:
    assert jwks_problems(jwks_of(*keys)) == []


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize(
    ("jwks", "message"),
    [
        ({}, "must be a JWKS"),
        ({"keys": []}, "must be a JWKS"),
        ({"keys": ["text"]}, "must be a JWKS"),
        (jwks_of(PRIVATE_KEY), "has private members"),
        (jwks_of(SYMMETRIC_KEY), "has private members"),
        (jwks_of({**EC_KEY, "use": "enc"}), "is not for signatures"),
        (jwks_of(AGREEMENT_KEY), "must be RSA or on one of"),
        (jwks_of(WEAK_KEY), "has 1024 bits"),
        (jwks_of({"kty": "RSA"}), "can't be read"),
        (jwks_of({"kty": "new"}), "can't be read"),
        (jwks_of({**EC_KEY, "x": "AAAA"}), "can't be read"),
        (jwks_of(EC_KEY, RSA_KEY), 'its own "kid"'),
        (jwks_of({**EC_KEY, "kid": "a"}, {**RSA_KEY, "kid": "a"}), 'its own "kid"'),
        (jwks_of(*({**EC_KEY, "kid": str(n)} for n in range(51))), "too many keys"),
        (jwks_of({**EC_KEY, "note": "x" * 70_000}), "is too long"),
    ],
)
def test_anything_else_is_refused_with_its_reason(jwks: dict[str, Any], message: str) -> None:
    assert message in str(jwks_problems(jwks)[0])
