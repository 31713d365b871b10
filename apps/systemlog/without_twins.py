"""Indexes that Django makes beside others, and that no statement needs."""

from typing import Any

TWINS = """
SELECT indexrelid::regclass::text FROM pg_index
WHERE indrelid = ANY(%s::regclass[]) AND indclass[0] IN (
    SELECT oid FROM pg_opclass WHERE opcname IN ('varchar_pattern_ops', 'text_pattern_ops')
)
"""


def drop_twins(schema_editor: Any, *tables: str) -> None:
    """For a migration: the twin, for LIKE, of each index of text in tables that many rows are
    written to. Only a search for how a digest, an id or a reference begins could use one, and each
    costs every new row the write of another random place (a log event had two, a grant three)."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(TWINS, [list(tables)])
        found = [name for (name,) in cursor.fetchall()]
    for name in found:
        schema_editor.execute(f"DROP INDEX {name}")
