"""On PostgreSQL: an index for the beginning of a name, whatever its case. SQLite is for few."""

from django.db import migrations

NAME = "clients_client_name_upper"


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE INDEX {NAME} ON clients_client (upper(name) varchar_pattern_ops)"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX {NAME}")


class Migration(migrations.Migration):
    dependencies = [("clients", "0006_registered_by")]
    operations = [migrations.RunPython(make, drop)]
