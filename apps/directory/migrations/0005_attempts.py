"""Guesses at passwords and codes are counted in rows."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("directory", "0004_name_search")]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.IntegerField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
