from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("systemlog", "0007_changed_objects"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("hour", models.DateTimeField()),
                ("server_id", models.CharField(blank=True, max_length=64)),
                ("kind", models.CharField(max_length=8)),
                ("rule_id", models.CharField(blank=True, max_length=20)),
                ("reason", models.CharField(blank=True, max_length=255)),
                ("count", models.BigIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["hour", "kind"], name="tally_hour")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("server_id", "hour", "kind", "rule_id", "reason"),
                        name="tally_once",
                    )
                ],
            },
        ),
    ]
