"""Modules outside `services/` that may write rows, each with its reason.

To add one: a line here. A line that nothing needs any more fails the test.
"""

from typing import Final

STORAGE: Final[dict[str, str]] = {
    "apps/directory/attempts/rows.py": "counts guesses in one statement, before each is verified",
    "apps/directory/builtin.py": "makes Everyone after each migration, where it is missing",
    "apps/directory/owners.py": "the owners of servers and clients, for their services",
    "apps/directory/rows.py": "the tools by which services lock and save one row",
    "apps/directory/sessions.py": "Django's session store, by digest",
    "apps/management/api_tokens/services.py": "the services of API tokens",
    "apps/management/hooks/outbox.py": "claims, marks and forgets deliveries",
    "apps/management/idempotency.py": "keeps the answer of a call beside its key",
    "apps/management/toolkit/source.py": "reads another project's database; it is opened read-only",
    "apps/servers/builtin.py": "makes the installation's row after each migration",
    "apps/systemlog/admin/paging.py": "reads: what the ORM has made, joined by UNION",
    "apps/systemlog/batches.py": "deletes what is over, batch by batch (R14)",
    "apps/systemlog/changed.py": "the index of histories, beside the one way into the log",
    "apps/systemlog/jobs.py": "leases and progress of periodic jobs",
    "apps/systemlog/outbox.py": "the one way into the outbox",
    "apps/systemlog/partitions.py": "makes and drops the partitions of the log",
    "apps/systemlog/record.py": "the one way into the system log",
    "apps/systemlog/tally.py": "adds what arrived in the log to the hours' numbers",
    "apps/systemlog/without_twins.py": "drops indexes, for migrations",
    "apps/tokens/administration.py": "explicit revocation of one grant or token (R18)",
    "apps/tokens/blast.py": "counts what would die by a SELECT made of pieces",
    "apps/tokens/cascade.py": "marks rows that are dead already",
    "apps/tokens/cutoffs.py": "explicit revocation by any combination, and its end (R18)",
    "apps/tokens/consents.py": "what a user allowed is forgotten when it is withdrawn",
    "apps/tokens/django_store.py": "the store of the token path: one unit, one transaction",
    "apps/tokens/imports.py": "writes the grant of an imported refresh token",
    "apps/tokens/pipelined/lane.py": "the connections of the pipelined edge",
    "apps/tokens/pipelined/store.py": "the store of the pipelined edge: many units, one statement",
    "apps/tokens/units.py": "the statement of many units",
    "apps/tokens/sessions.py": "ends what was for the length of a browser session",
    "apps/tokens/walk.py": "reads the order of letters by a statement made of pieces",
    "authzsite/postgresql/base.py": "tells each new session of PostgreSQL to commit durably",
}
