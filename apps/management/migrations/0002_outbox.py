"""The outbox of event hooks is filled by the database: in the transaction of the event, whoever
writes it, and not at all for events that nobody can subscribe to.

`created` is the event's own time, so that it is found in one partition of the log. A row of the
log that is moved to another partition is not told again: (hook, uuid) is unique.

On SQLite a migration that alters `systemlog_logevent` or one of these tables makes it anew: run
`drop` before it and `create` after it.
"""

from typing import Any

from django.db import migrations

NAME = "management_fill_outbox"
# Refused requests revoke nothing; a replay is a refusal that does.
WHEN = """
NEW.event_type IN (
    'app.oauth2.as.token.revoke',
    'app.oauth2.as.token.detect_reuse',
    'app.oauth2.token.revoke.implicit.as',
    'app.oauth2.token.revoke.implicit.client',
    'app.oauth2.token.revoke.implicit.user'
) AND (
    NEW.outcome = 'SUCCESS'
    OR NEW.event_type = 'app.oauth2.as.token.detect_reuse'
    OR NEW.reason = 'code_replayed'
)
"""
INSERT = """
INSERT INTO management_eventdelivery (
    id, hook_id, event_id, event_uuid, event_type, state, attempts, next_attempt, last_error,
    created, queued
)
SELECT
    'evt' || {random}, hook.id, NEW.id, NEW.uuid, NEW.event_type, 'PENDING', 0, NEW.published, '',
    NEW.published, NEW.published
FROM management_eventhooktype AS one JOIN management_eventhook AS hook ON hook.id = one.hook_id
WHERE one.event_type = NEW.event_type AND hook.status = 'ACTIVE'
ON CONFLICT (hook_id, event_uuid) DO NOTHING;
"""
SQLITE = [
    f"""
    CREATE TRIGGER {NAME} AFTER INSERT ON systemlog_logevent WHEN {WHEN}
    BEGIN {INSERT.format(random="lower(hex(randomblob(16)))")} END
    """
]
POSTGRESQL = [
    f"""
    CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {INSERT.format(random="replace(gen_random_uuid()::text, '-', '')")}
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE TRIGGER {NAME} AFTER INSERT ON systemlog_logevent
    FOR EACH ROW WHEN ({WHEN}) EXECUTE FUNCTION {NAME}()
    """,
]


def create(apps: Any, schema_editor: Any) -> None:
    """The trigger, as this database wants it."""
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, None)


def drop(apps: Any, schema_editor: Any) -> None:
    """Nobody hears of anything without it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP FUNCTION {NAME}() CASCADE", None)
    else:
        schema_editor.execute(f"DROP TRIGGER {NAME}", None)


class Migration(migrations.Migration):
    dependencies = [("management", "0001_initial"), ("systemlog", "0004_partitions")]
    operations = [migrations.RunPython(create, drop)]
