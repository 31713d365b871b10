from typing import Any

from django.db import migrations

from apps.systemlog.without_twins import drop_twins

TABLES = (
    "tokens_accesstoken",
    "tokens_grant",
    "tokens_revokedtoken",
    "tokens_usedassertion",
)


def drop(apps: Any, schema_editor: Any) -> None:
    drop_twins(schema_editor, *TABLES)


class Migration(migrations.Migration):
    dependencies = [("tokens", "0006_consent_lists")]
    operations = [migrations.RunPython(drop, migrations.RunPython.noop)]
