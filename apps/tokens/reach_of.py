"""Which tokens an outbox row means, for whoever wants to count them before there is a change."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.systemlog.models import RevocationJob
from apps.tokens.cutoffs import cutoff_of
from apps.tokens.models import TokenCutoff
from apps.tokens.reach import Reach

Scope = Mapping[str, Any]


def reaches_of(job: RevocationJob) -> list[Reach]:
    """What the change would end whose job it is. Call it in the change's own transaction."""
    found = REACHES[job.kind](job.scope) if job.kind in REACHES else None
    return [found] if found is not None else []


def reaches_of_all(jobs: Iterable[RevocationJob]) -> list[Reach]:
    """What several changes would end together: a token that has two paths dies when both break.
    Call it in their own transaction, and count when that is taken back: of what is inactive or
    gone nothing lives."""
    found = [reach for job in jobs for reach in reaches_of(job)]
    broken = tuple(sorted({path for reach in found for path in reach.paths}))
    return [replace(reach, paths=broken) if reach.paths else reach for reach in found]


def _one(scope: Scope, name: str) -> frozenset[str]:
    return frozenset({str(scope[name])}) if scope.get(name) else frozenset()


def _of_ids(scope: Scope) -> Reach:
    return Reach(
        servers=_one(scope, "server"),
        clients=_one(scope, "client") | frozenset(scope.get("clients", ())),
        users=_one(scope, "user"),
        epochs=frozenset({scope["epoch"]}) if "epoch" in scope else frozenset(),
        needs_password="password_epoch" in scope,
        paths=tuple(scope.get("paths", ())),
    )


def _of_token_policy(scope: Scope) -> Reach:
    """Only the organisation's server issues tokens under one (R19)."""
    return Reach(frozenset({ORGANIZATION_SERVER_ID}), frozenset(scope.get("clients", ())))


def _of_cutoff(scope: Scope) -> Reach | None:
    row = TokenCutoff.objects.filter(pk=scope["cutoff"]).first()
    if row is None:
        return None
    owners = (row.server_id, row.client_id, row.user_id)
    servers, clients, users = (frozenset({one} if one else ()) for one in owners)
    cutoff = cutoff_of(row)
    return Reach(servers, clients, users, cutoff.epochs, cutoff.issued_before)


# By the kind of the job. The end of a key has no rows that anybody could count.
REACHES: Final[dict[str, Callable[[Scope], Reach | None]]] = {
    **dict.fromkeys(
        ("installation", "as", "client", "user", "assignment", "scope", "policy", "rule"), _of_ids
    ),
    "token_policy": _of_token_policy,
    "cutoff": _of_cutoff,
}
