"""The one row that every token stands on."""

from typing import Any

from django.db import migrations


def create(apps: Any, schema_editor: Any) -> None:
    installation = apps.get_model("servers", "Installation")
    installation.objects.using(schema_editor.connection.alias).create(id=1)


class Migration(migrations.Migration):
    dependencies = [("servers", "0001_initial")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
