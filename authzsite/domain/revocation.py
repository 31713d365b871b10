"""What a token stands on, and whether that still stands (R15-R17).

A grant or token records, once, the epochs that its decision read: the `Vector`. Each check reads
the present ones in one statement: the `Standing`. A token is alive while all still match; a
revoking change only increments an epoch, so it takes effect at its commit whatever the number of
tokens, and since no epoch ever comes back, dead is dead (R16). An explicit revocation of whatever
matches is a row that the same statement reads (R18, `cutoffs`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from authzsite.domain.cutoffs import Cutoff
from authzsite.domain.lifetimes import is_dead
from authzsite.domain.vectors import Vector, from_json, pack, rebase, to_json, unpack

__all__ = [
    "Cause",
    "Cutoff",
    "Fault",
    "Standing",
    "Vector",
    "all_faults",
    "from_json",
    "pack",
    "rebase",
    "standing_fault",
    "to_json",
    "unpack",
]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the one SELECT read now; None for an epoch means that the row is missing.

    `live_config`: epochs of all live policies, rules, scopes and token policies of the server.
    `live_paths`: the user's unbroken assignment paths to the client, None when there is no user.
    `row_revoked_by`: who or what ended the token's own row or family, None when nothing did.
    `key_is_live`: the signing key of a JWT is still published; True for an opaque token.
    `cutoffs`: the open ones that match its server, client and user. `issued_at`: of the grant for
    all that was issued from one, else of the token.
    """

    installation: int | None
    server: int | None
    client: int | None
    expires_at: datetime
    is_server_active: bool = True
    is_client_active: bool = True
    user: int | None = None
    user_status: str | None = None
    password: int | None = None
    live_config: frozenset[int] = frozenset()
    live_paths: frozenset[str] | None = None
    row_revoked_by: str | None = None
    key_is_live: bool = True
    cutoffs: tuple[Cutoff, ...] = ()
    issued_at: datetime | None = None


class Cause(StrEnum):
    """Why a token is dead."""

    MISSING = "missing"
    REVOKED = "revoked"
    INSTALLATION = "installation"
    SERVER = "server"
    CLIENT = "client"
    USER = "user"
    PASSWORD = "password"  # noqa: S105 - changed by anyone, where the server says that this counts
    ASSIGNMENT = "assignment"
    CONFIG = "config"  # policy, rule, scope or token policy
    CUTOFF = "cutoff"  # an explicit revocation that matches
    KEY = "key"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason why a token is dead, with what was found."""

    cause: Cause
    detail: str = ""

    @property
    def reason(self) -> str:
        """The reason for the log."""
        return f"{self.cause}:{self.detail}" if self.detail else self.cause.value


def standing_fault(vector: Vector | None, standing: Standing | None, now: datetime) -> Fault | None:
    """THE gate: None when the token is alive, else the first reason. A missing row is dead."""
    return next(_faults(vector, standing, now), None)


def all_faults(
    vector: Vector | None, standing: Standing | None, now: datetime
) -> tuple[Fault, ...]:
    """Every reason, for the administrator's page that explains a token."""
    return tuple(_faults(vector, standing, now))


def _faults(vector: Vector | None, standing: Standing | None, now: datetime) -> Iterator[Fault]:
    if vector is None or standing is None:
        yield Fault(Cause.MISSING)
        return
    if standing.row_revoked_by is not None:
        yield Fault(Cause.REVOKED, standing.row_revoked_by)
    yield from _owner_faults(vector, standing)
    if vector.user is not None:
        yield from _user_faults(vector, standing)
    if not standing.live_config.issuperset(vector.config):
        gone = sorted(set(vector.config) - standing.live_config)
        yield Fault(Cause.CONFIG, ",".join(map(str, gone)))
    yield from _cutoff_faults(vector, standing)
    if not standing.key_is_live:
        yield Fault(Cause.KEY)
    if is_dead(standing.expires_at, now):
        yield Fault(Cause.EXPIRED)


def _owner_faults(vector: Vector, standing: Standing) -> Iterator[Fault]:
    if standing.installation != vector.installation:
        yield Fault(Cause.INSTALLATION, _drift(standing.installation))
    if standing.server != vector.server or not standing.is_server_active:
        yield Fault(Cause.SERVER, _drift(standing.server, standing.is_server_active))
    if standing.client != vector.client or not standing.is_client_active:
        yield Fault(Cause.CLIENT, _drift(standing.client, standing.is_client_active))


def _user_faults(vector: Vector, standing: Standing) -> Iterator[Fault]:
    is_active = standing.user_status == "ACTIVE"  # R7: only these keep tokens
    if standing.user != vector.user or not is_active:
        yield Fault(Cause.USER, _drift(standing.user, is_active))
    if vector.password is not None and standing.password != vector.password:
        yield Fault(Cause.PASSWORD)
    if not (standing.live_paths or frozenset()).intersection(vector.paths):
        yield Fault(Cause.ASSIGNMENT)


def _cutoff_faults(vector: Vector, standing: Standing) -> Iterator[Fault]:
    if not standing.cutoffs:  # nearly always
        return
    config, read = frozenset(vector.config), frozenset(vector.cutoffs)
    for cutoff in standing.cutoffs:
        if cutoff.id not in read and cutoff.matches(config, standing.issued_at):
            yield Fault(Cause.CUTOFF, str(cutoff.id))


def _drift(epoch: int | None, is_active: bool = True) -> str:
    if epoch is None:
        return "missing"
    return "changed" if is_active else "inactive"
