"""The address of which it is known that its owner reads it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("directory", "0006_help_desk_and_lists")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="verified_email",
            field=models.CharField(blank=True, default="", editable=False, max_length=100),
        ),
    ]
