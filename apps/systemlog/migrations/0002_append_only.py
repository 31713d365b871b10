"""Log events are append-only (R24): the database itself refuses to change one.

Deleting stays possible, for retention. On SQLite a later migration that alters the table makes it
anew without its triggers, and has to run `create` again: this one, and that of management's
0002_outbox.
"""

from typing import Any

from django.db import migrations

SQLITE = [
    """
    CREATE TRIGGER systemlog_logevent_append_only BEFORE UPDATE ON systemlog_logevent
    BEGIN SELECT RAISE(ABORT, 'the system log is append-only'); END
    """
]
POSTGRESQL = [
    """
    CREATE FUNCTION systemlog_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the system log is append-only' USING ERRCODE = '23000'; END $$
    """,
    """
    CREATE TRIGGER systemlog_logevent_append_only BEFORE UPDATE ON systemlog_logevent
    FOR EACH ROW EXECUTE FUNCTION systemlog_refuse_update()
    """,
]


def create(apps: Any, schema_editor: Any) -> None:
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION systemlog_refuse_update() CASCADE")
    else:
        schema_editor.execute("DROP TRIGGER systemlog_logevent_append_only")


class Migration(migrations.Migration):
    dependencies = [("systemlog", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
