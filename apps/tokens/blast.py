"""The blast radius: which living tokens a change would end, by user and by client, with a sample.

One SELECT, for whatever change, with an answer of a few dozen rows. It looks at LOOK_LIMIT rows of
grants and of opaque access tokens at most, so it takes a fraction of a second however many there
are; keys are random, so those are as good a sample as any. JWTs without a grant have no rows: who
shows the numbers says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection

from apps.tokens.blast_statement import SHOWN, statement
from apps.tokens.reach import Reach

LOOK_LIMIT: Final = 10_000  # rows of each kind, for each part of a change


@dataclass(frozen=True, slots=True)
class Share:
    """What one user or client loses. `name` is the login, or the client's name; the id when it is
    gone."""

    id: str
    name: str
    grants: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One grant or opaque access token (`id` then is the end of its digest)."""

    is_grant: bool
    id: str
    user_id: str
    user: str
    client_id: str
    client: str
    scopes: tuple[str, ...]
    issued: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """How many would die. `is_partial`: there are more rows than were looked at, so it may be
    more. `by_user` and `by_client` are those that lose most, and the sample is the newest."""

    grants: int = 0
    tokens: int = 0
    users: int = 0
    clients: int = 0
    by_user: tuple[Share, ...] = ()
    by_client: tuple[Share, ...] = ()
    sample: tuple[Sample, ...] = ()
    is_partial: bool = False
    looked_at: int = LOOK_LIMIT  # of each kind, where `is_partial`

    def __bool__(self) -> bool:
        return bool(self.grants or self.tokens)


@dataclass(slots=True)
class _Found:
    """The sections of the answer, as they come."""

    sample: list[Sample] = field(default_factory=list)
    user: list[Share] = field(default_factory=list)
    client: list[Share] = field(default_factory=list)
    total: Share = Share("", "", 0, 0)
    owners: Share = Share("", "", 0, 0)
    looked: int = 0


def measure(reaches: Sequence[Reach], now: datetime, *, limit: int = LOOK_LIMIT) -> Count:
    """What a change would end that breaks all of `reaches`: a token that several mean counts once.

    What has ended already doesn't count, nor what keeps an unbroken path of assignment.
    """
    if not reaches:
        return Count(looked_at=limit)
    sql, parameters = statement(reaches, now, limit, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return _count(cursor.fetchall(), limit)


def _count(rows: Iterable[Sequence[Any]], limit: int) -> Count:
    found = _Found()
    for section, *values in rows:
        match section:
            case "sample":
                found.sample.append(_sample(values))
            case "user" | "client":
                getattr(found, section).append(_share(values))
            case "looked":
                found.looked = max(found.looked, values[2])
            case _:
                setattr(found, section, _share(values))
    return Count(
        grants=found.total.grants,
        tokens=found.total.tokens,
        users=found.owners.grants,
        clients=found.owners.tokens,
        by_user=_most_first(found.user),
        by_client=_most_first(found.client),
        sample=tuple(sorted(found.sample, key=lambda one: one.issued, reverse=True)),
        is_partial=found.looked > limit,
        looked_at=limit,
    )


def _most_first(shares: Iterable[Share]) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda one: (-one.grants - one.tokens, one.name)))


def _share(values: Sequence[Any]) -> Share:
    ident, name, grants, tokens = values[:4]
    return Share(ident, name or ident, grants, tokens)


def _sample(values: Sequence[Any]) -> Sample:
    ident, client_name, is_grant, _, user_id, login, client_id, scopes, issued = values
    moment = datetime.fromisoformat(issued) if isinstance(issued, str) else issued
    return Sample(
        is_grant=bool(is_grant),
        id=ident if is_grant else f"…{ident[-4:]}",
        user_id=user_id,
        user=login or user_id,
        client_id=client_id,
        client=client_name or client_id,
        scopes=tuple(scopes.split()),
        issued=moment if moment.tzinfo else moment.replace(tzinfo=UTC),
    )


__all__ = ["LOOK_LIMIT", "SHOWN", "Count", "Reach", "Sample", "Share", "measure"]
