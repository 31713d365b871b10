"""The built-in group, which every installation has and nobody can remove."""

from typing import Any

from django.db import migrations


def create(apps: Any, schema_editor: Any) -> None:
    group = apps.get_model("directory", "Group")
    group.objects.using(schema_editor.connection.alias).create(
        name="Everyone", description="All users in your organization", type="BUILT_IN"
    )


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
