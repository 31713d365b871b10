"""Every statement of a sweep walks an index, whatever the statistics say (R14, design 5)."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.systemlog.batches import IN_INDEX_ORDER, Sweep, delete_statement
from apps.systemlog.retention import sweeps as retention_sweeps
from apps.tokens.sweeps import SWEEPS

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
ALL = (*SWEEPS, *retention_sweeps(timedelta(days=settings.LOG_RETENTION_DAYS)))


def plan_of(sweep: Sweep, *, from_place: bool) -> str:
    """What PostgreSQL would do for one batch."""
    now = timezone.now()
    is_time = not sweep.is_over
    place = str(now - timedelta(days=1)) if is_time else "1"
    params: dict[str, Any] = {"until": now, "place": place, "size": 500}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(IN_INDEX_ORDER)
        cursor.execute("EXPLAIN " + delete_statement(sweep, from_place=from_place), params)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("from_place", [False, True], ids=["from the bottom", "from its place"])
@pytest.mark.parametrize("sweep", ALL, ids=lambda sweep: sweep.name)
def test_a_batch_is_an_index_scan_without_a_sort(sweep: Sweep, from_place: bool) -> None:
    plan = plan_of(sweep, from_place=from_place)

    assert "Index" in plan and "Tid Scan" in plan, plan
    assert "Seq Scan" not in plan and "Sort" not in plan, plan
    assert "Join" not in plan and "hashed" not in plan, plan
    assert ("LockRows" in plan) == (not sweep.is_over), plan


def test_a_column_without_an_index_would_be_noticed() -> None:
    grants = next(one for one in SWEEPS if one.name == "grants")
    plan = plan_of(Sweep("x", grants.table, grants.key, "last_used_at"), from_place=False)

    assert "Seq Scan" in plan or "Sort" in plan
