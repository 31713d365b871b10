"""The tokens that a decision would give, made by the function that makes the real ones.

Only the key is another: it signs nothing, so that what is shown is no token.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from apps.oauth.grants.contract import Proof
from apps.oauth.token import order_of
from apps.systemlog.ids import new_id
from apps.tokens.issue import Provenance
from apps.tokens.jwt import unverified_claims, unverified_header
from apps.tokens.mint import is_jwt, mint_tokens
from apps.tokens.open_grant import new_grant_id
from apps.tokens.standing import stamp
from apps.tokens.store import Reading
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.lifetimes import Lifetimes, absolute_expiry
from authzsite.domain.policy import Decision
from authzsite.domain.server import ServerSnapshot, Signer
from authzsite.domain.vocabulary import OFFLINE_ACCESS

BY_PASSWORD: Final = "pwd"  # noqa: S105 - how the user signed in


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A key that signs nothing."""

    kid: str
    alg: str

    @classmethod
    def like(cls, signer: Signer) -> "Unsigned":
        """With the names of another."""
        return cls(signer.kid, signer.alg)

    def sign(self, data: bytes) -> bytes:
        """No signature."""
        return b""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the client would get. `refresh`: lifetimes of the refresh token, None where there is
    none. `hook_id`: of the inline hook that would still be asked to change the claims; nobody asks
    it here, since it may act on being asked. `header`, `id_header`: JOSE headers, the first only
    of a JWT."""

    is_jwt: bool
    claims: Mapping[str, Any]
    id_claims: Mapping[str, Any] | None
    expires_in: int
    scopes: tuple[str, ...]
    refresh: Lifetimes | None
    hook_id: str = ""
    header: Mapping[str, Any] | None = None
    id_header: Mapping[str, Any] | None = None


def preview_tokens(
    server: ServerSnapshot,
    client: ClientSnapshot,
    reading: Reading,
    decision: Decision,
    now: datetime,
    *,
    nonce: str = "",
) -> Preview | None:
    """The tokens of an allowed decision; None when a row has gone meanwhile. Raises OAuthError when
    a claim fails, as issuing does."""
    vector = stamp(reading, server, decision.config_epochs)
    if vector is None or decision.lifetimes is None:
        return None
    proof = Proof(
        is_decided=True,
        scopes=decision.scopes,
        lifetimes=decision.lifetimes,
        vector=vector,
        provenance=Provenance.of(decision),
    )
    has_refresh = False
    if reading.user is not None:
        has_refresh = OFFLINE_ACCESS in decision.scopes and client.may_refresh
        absolute = absolute_expiry(decision.lifetimes, now) if has_refresh else None
        proof = _of_user(proof, reading.user.id, absolute, now, nonce)
    keys = replace(server.keys, current=Unsigned.like(server.keys.current))
    order = order_of(replace(server, keys=keys), client, reading, proof, now)
    minted = mint_tokens(order, now)
    identity = minted.answer.get("id_token")
    with_header = is_jwt(order)
    return Preview(
        with_header,
        minted.claims,
        unverified_claims(identity) if identity else None,
        minted.answer["expires_in"],
        decision.scopes,
        decision.lifetimes if has_refresh else None,
        server.book.hooks.get(decision.rule_id, ""),
        unverified_header(minted.answer["access_token"]) if with_header else None,
        unverified_header(identity) if identity else None,
    )


def _of_user(
    proof: Proof, user_id: str, absolute: datetime | None, now: datetime, nonce: str
) -> Proof:
    """As the exchange of a code has it, of somebody who has just signed in."""
    return replace(
        proof,
        grant_id=new_grant_id(),
        user_id=user_id,
        absolute=absolute,
        auth_time=now,
        amr=BY_PASSWORD,
        nonce=nonce,
        session_id=new_id("ses"),
    )
