"""The index by which histories are read, filled with what the log holds, and that of the outbox by
reference: what a change revoked."""

from typing import Any

from django.db import migrations, models

from apps.systemlog.changed import REVOKE, is_change, rows_of
from apps.systemlog.events import CATALOGUE

BATCH_ROWS = 1000


def fill(apps: Any, schema_editor: Any) -> None:
    """Read the changes in the log, which are few among its events, by their types."""
    log = apps.get_model("systemlog", "LogEvent")._default_manager
    index = apps.get_model("systemlog", "ChangedObject")._default_manager
    types = [name for name in CATALOGUE if is_change(name) or name == REVOKE]
    for event_type in types:
        last = 0
        events = log.filter(event_type=event_type).order_by("pk")
        while batch := list(events.filter(pk__gt=last)[:BATCH_ROWS]):
            found = [row for event in batch for row in rows_of(event)]
            columns = ("kind", "object_id", "event_id", "published")
            index.bulk_create(
                index.model(**{name: getattr(row, name) for name in columns}) for row in found
            )
            last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("systemlog", "0006_cached_values"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangedObject",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=30)),
                ("object_id", models.CharField(max_length=100)),
                ("event_id", models.BigIntegerField()),
                ("published", models.DateTimeField(db_index=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "object_id", "event_id"], name="changed_object")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="revocationjob",
            index=models.Index(fields=["reference"], name="revocationjob_reference"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
