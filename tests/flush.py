"""What a transactional test wrote, removed in a few milliseconds.

Django's flush makes every table and each of its indexes anew, and then writes all content types and
permissions again: most of a second each time. Here only tables with rows are emptied, those two are
left alone, since no test changes them, and our own apps make their built-in rows again.
"""

from typing import Any, Final

from django.db import connection, transaction
from django.test import TransactionTestCase

KEPT: Final = frozenset({"django_migrations", "django_content_type", "auth_permission"})


def install() -> None:
    """In place of Django's, for the whole run."""
    TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]


def teardown(_: Any) -> None:
    """Empty the tables, and make again what every database has."""
    from apps.directory.builtin import ensure_everyone
    from apps.servers.builtin import ensure_installation_row

    with transaction.atomic(), connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
        if connection.vendor == "postgresql":
            # Triggers that keep rows from being deleted are for the product, not for this.
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        filled = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"  # noqa: S608
            for table in tables
        )
        cursor.execute(filled)
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608
    ensure_everyone()
    ensure_installation_row()
