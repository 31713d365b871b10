"""Drafts hold changes of scopes and assignments, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policies", "0007_what_if_runs")]

    operations = [
        migrations.AddField(
            model_name="whatifrun", name="edits", field=models.JSONField(default=list)
        ),
    ]
