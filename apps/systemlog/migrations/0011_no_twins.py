from typing import Any

from django.db import migrations

from apps.systemlog.without_twins import drop_twins


def drop(apps: Any, schema_editor: Any) -> None:
    drop_twins(schema_editor, "systemlog_logevent")


class Migration(migrations.Migration):
    dependencies = [("systemlog", "0010_saved_filters")]
    operations = [migrations.RunPython(drop, migrations.RunPython.noop)]
