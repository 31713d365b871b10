"""What a shared write costs PostgreSQL: it looks its rows up, and each new row has the indexes that
somebody reads."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from apps.systemlog.without_twins import TWINS
from apps.tokens.models import AccessToken
from apps.tokens.statements import ACCESS_TOKEN, GRANT, LOG_EVENT, REVOKED_TOKEN, USED_ASSERTION
from apps.tokens.store import Unit, Update
from apps.tokens.units import job_of, write_statement, write_values

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENOUGH = 3000  # rows: of a hundred times as many, even a hundred would be looked up


def revoked(digest: str) -> Unit:
    return Unit(
        Update(
            ACCESS_TOKEN,
            {"digest": digest, "revoked_at": None},
            {"revoked_at": NOW, "revoked_by": "client"},
        )
    )


@pytest.mark.parametrize("together", [1, 16])
def test_revoking_together_looks_up_and_reads_no_table_to_its_end(together: int) -> None:
    digests = [f"{number:064}" for number in range(ENOUGH)]
    AccessToken.objects.bulk_create(
        AccessToken(digest=one, issued_at=NOW, expires_at=NOW) for one in digests
    )
    jobs = [job_of(revoked(one), NOW) for one in digests[:together]]
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {ACCESS_TOKEN}")
        sql = write_statement(jobs[0].shape, is_patient=False)
        cursor.execute(f"EXPLAIN {sql}", write_values(jobs))
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Index Scan" in plan and f"Seq Scan on {ACCESS_TOKEN}" not in plan, plan


def test_no_index_is_kept_for_searches_that_nobody_makes() -> None:
    with connection.cursor() as cursor:
        tables = [ACCESS_TOKEN, GRANT, REVOKED_TOKEN, USED_ASSERTION, LOG_EVENT]
        cursor.execute(TWINS, [tables])
        assert cursor.fetchall() == []
        cursor.execute(TWINS, [["clients_client"]])  # Django makes them
        assert cursor.fetchall() != []
