"""Administrators may be required to have a second factor."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("servers", "0003_owners")]

    operations = [
        migrations.AddField(
            model_name="installation",
            name="staff_need_second_factor",
            field=models.BooleanField(default=False),
        ),
    ]
