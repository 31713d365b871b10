"""What the steps of the token path need of storage, as a protocol.

One `read` per request: everything that a decision or a liveness check compares, in one
statement. One `write` per request: a unit that is stored whole or not at all, and that is void
when its conditional update hits no row (single use).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from apps.systemlog.entries import Entry
from authzsite.domain.cutoffs import Cutoff


@dataclass(frozen=True, slots=True)
class Lookup:
    """What to find beside the server and the calling client: at most one of the first five.

    `code` and `access` are digests, `grant` and `user` ids, `owner` the `cid` of a JWT without a
    grant. `jti` goes with `grant` or `owner`; `profile` asks for the user's profile and groups,
    too.
    """

    code: str = ""
    grant: str = ""
    access: str = ""
    owner: str = ""
    user: str = ""
    jti: str = ""  # digest of a JWT's jti: was this one token revoked?
    profile: bool = False


NOTHING = Lookup()


@dataclass(frozen=True, slots=True)
class ServerRow:
    """The versions of one authorization server."""

    id: str
    version: int
    epoch: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class ClientRow:
    """The versions of one client; `token_policy` is the epoch of its token policy, if it has
    one."""

    id: str
    version: int
    epoch: int
    is_active: bool
    token_policy: int | None


@dataclass(frozen=True, slots=True)
class UserRow:
    """The standing of one user."""

    id: str
    epoch: int
    password_epoch: int
    status: str
    login: str


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """What claims may use of a user; `profile` is the JSON text of the other attributes, and
    `verified_email` the last address that was shown to be read by them."""

    login: str
    email: str
    verified_email: str
    first_name: str
    last_name: str
    profile: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """What the one SELECT found. None for a row that is missing."""

    installation: int
    server: ServerRow | None = None
    client: ClientRow | None = None  # the caller
    owner: ClientRow | None = None  # the client that the found grant or token was issued to
    user: UserRow | None = None
    paths: frozenset[str] = frozenset()
    path_groups: Mapping[str, str] = field(default_factory=dict)  # path → id of its group
    profile: ProfileRow | None = None
    groups: tuple[tuple[str, str], ...] = ()  # (id, name), Everyone included
    grant: "GrantRow | None" = None
    token: "TokenRow | None" = None
    jti_revoked_by: str | None = None
    has_cutoffs: bool = False  # are any open, of whomever?
    cutoffs: tuple[Cutoff, ...] = ()  # open ones of this server, client and user


@dataclass(frozen=True, slots=True)
class GrantRow:
    """The columns of a grant (see `models.Grant`)."""

    id: str
    server_id: str
    client_id: str
    user_id: str
    policy_id: str
    rule_id: str
    scopes: str
    vector: str
    lifetimes: str
    auth_time: datetime
    amr: str
    session_id: str
    nonce: str
    created: datetime
    code_digest: str | None
    code_expires_at: datetime | None
    code_consumed_at: datetime | None
    redirect_uri: str
    code_challenge: str
    refresh_digest: str
    previous_digest: str
    rotated_at: datetime | None
    retries: int
    escrow: str
    family_key: str
    last_used_at: datetime | None
    idle_expires_at: datetime | None
    expires_at: datetime | None
    sweep_after: datetime
    revoked_at: datetime | None
    revoked_by: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """The columns of an opaque access token (see `models.AccessToken`)."""

    digest: str
    grant_id: str
    server_id: str
    client_id: str
    user_id: str
    scopes: str
    claims: str
    vector: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str


@dataclass(frozen=True, slots=True)
class Update:
    """A conditional update of one row: `where` holds column → value, None meaning IS NULL."""

    table: str
    where: Mapping[str, Any]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Insert:
    """New rows of one table, all with the same columns. `or_ignore`: an existing key makes the
    unit void."""

    table: str
    rows: tuple[Mapping[str, Any], ...]
    or_ignore: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """What one request writes, in one transaction, if its conditions hold (that of `update`, and
    that what inserts with `or_ignore` bring is new), and else nothing of it."""

    update: Update | None = None
    inserts: tuple[Insert, ...] = ()
    events: tuple[Entry, ...] = field(default_factory=tuple)


class Store(Protocol):
    """Storage for the token path. Implementations raise `StorageError` when storage fails.

    Where `may_block` is false, a step that would hold up other requests (a slow digest, a call to
    somebody else) raises `Elsewhere` before it has changed anything.
    """

    may_block: bool

    async def read(self, server_id: str, client_id: str, lookup: Lookup, now: datetime) -> Reading:
        """One statement: versions, standing and rows (see `Lookup`)."""
        ...

    async def write(self, unit: Unit, now: datetime) -> bool:
        """Store the unit durably. False, and nothing stored, when its condition hit no row."""
        ...


class Elsewhere(Exception):  # noqa: N818 - nothing is wrong
    """The other edge has to answer this request, from its beginning."""


class StorageError(Exception):
    """Storage failed: the answer is 503, never a guess (I8)."""
