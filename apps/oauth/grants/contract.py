"""What a grant type is to the token endpoint. A grant only proves who and what; authentication,
evaluation, issuing and logging are the endpoint's, so that no grant can skip one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apps.tokens.issue import Provenance
from apps.tokens.log import Call
from apps.tokens.store import Lookup, Reading, Store, Update
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.forms import Form
from authzsite.domain.grant_types import GrantSpec
from authzsite.domain.lifetimes import Lifetimes
from authzsite.domain.revocation import Vector
from authzsite.domain.server import ServerSnapshot


@dataclass(frozen=True, slots=True)
class GrantContext:
    """One authenticated token request, with everything that its one SELECT found."""

    store: Store
    server: ServerSnapshot
    client: ClientSnapshot
    reading: Reading
    form: Form
    call: Call
    now: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """What a grant proved: the tokens' scopes and standing, and the stored state that they consume.

    `is_decided` False asks the endpoint to evaluate the policies now (R11); then only
    `requested` counts.
    """

    requested: tuple[str, ...] | None = None
    is_decided: bool = False
    scopes: tuple[str, ...] = ()
    lifetimes: Lifetimes | None = None
    vector: Vector | None = None
    provenance: Provenance | None = None
    grant_id: str = ""
    user_id: str = ""
    absolute: datetime | None = None
    auth_time: datetime | None = None
    amr: str = ""
    nonce: str = ""
    session_id: str = ""
    update: Update | None = None
    refresh_token: str = ""


class GrantType(Protocol):
    """A module of this package: its spec, what the SELECT must find for it, and its proof."""

    SPEC: GrantSpec

    def lookup(self, form: Form) -> Lookup:
        """What the request's one SELECT must find beside server and client."""
        ...

    async def prove(self, context: GrantContext) -> Proof:
        """Raise OAuthError, or say who gets what."""
        ...
