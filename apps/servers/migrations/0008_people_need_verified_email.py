"""Whether people sign in with a verified address only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("servers", "0007_field_names")]

    operations = [
        migrations.AddField(
            model_name="installation",
            name="people_need_verified_email",
            field=models.BooleanField(default=False),
        ),
    ]
