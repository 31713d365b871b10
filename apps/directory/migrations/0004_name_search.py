"""On PostgreSQL: indexes for the beginning of a name, whatever its case. SQLite is for few."""

from django.db import migrations

COLUMNS = [
    ("directory_user", "first_name"),
    ("directory_user", "last_name"),
    ("directory_user", "email"),
    ("directory_group", "name"),
]


def make(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, column in COLUMNS:
        schema_editor.execute(
            f"CREATE INDEX {table}_{column}_upper ON {table} (upper({column}) varchar_pattern_ops)"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, column in COLUMNS:
        schema_editor.execute(f"DROP INDEX {table}_{column}_upper")


class Migration(migrations.Migration):
    dependencies = [("directory", "0003_membership_times")]
    operations = [migrations.RunPython(make, drop)]
