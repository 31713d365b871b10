"""`?dryRun=true` on any changing call: what it would end, and nothing is changed.

The call is carried out as always, so all of its checks are made, in a transaction that is rolled
back. What it would have revoked is read from the outbox rows that it wrote.
"""

from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse

from apps.management.respond import answer
from apps.systemlog.outbox import observed
from apps.systemlog.render import in_milliseconds
from apps.tokens import clock
from apps.tokens.blast import Count, Sample, Share, measure
from apps.tokens.reach_of import reaches_of_all

DRY_RUN: Final = "dryRun"


def preview(call: Callable[[], HttpResponse]) -> HttpResponse:
    """What the call would end. Raises what the call raises."""
    with transaction.atomic():
        with observed() as jobs:
            call()
        reaches = reaches_of_all(jobs)
        transaction.set_rollback(True)
    return answer(body_of(measure(reaches, clock.now())))


def body_of(count: Count) -> dict[str, Any]:
    """A blast radius as JSON. JWTs without a grant have no rows, so nobody can count those."""
    return {
        "dryRun": True,
        "grants": count.grants,
        "opaqueTokens": count.tokens,
        "users": count.users,
        "clients": count.clients,
        "isPartial": count.is_partial,
        "byUser": [_share(one) for one in count.by_user],
        "byClient": [_share(one) for one in count.by_client],
        "sample": [_sample(one) for one in count.sample],
    }


def _share(one: Share) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "grants": one.grants, "opaqueTokens": one.tokens}


def _sample(one: Sample) -> dict[str, Any]:
    return {
        "type": "grant" if one.is_grant else "access_token",
        "id": one.id,
        "userId": one.user_id or None,
        "clientId": one.client_id,
        "scopes": list(one.scopes),
        "issued": in_milliseconds(one.issued),
    }
