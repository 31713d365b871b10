"""What a save does that makes a policy test of the server fail."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("servers", "0004_staff_need_second_factor")]

    operations = [
        migrations.AddField(
            model_name="authorizationserver",
            name="policy_test_mode",
            field=models.CharField(
                choices=[
                    ("block", "Refuse the save"),
                    ("warn", "Save, and say which tests it broke"),
                ],
                default="block",
                max_length=5,
                verbose_name="when a policy test fails",
            ),
        ),
    ]
