"""What token requests must get, kept true by every change of policies."""

import django.db.models.deletion
from django.db import migrations, models

import apps.systemlog.ids


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0003_followed"),
        ("servers", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="PolicyTest",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=apps.systemlog.ids.IdDefault("ptc"),
                        editable=False,
                        max_length=20,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("client_id", models.CharField(max_length=20)),
                ("user_id", models.CharField(blank=True, max_length=20)),
                ("grant_type", models.CharField(max_length=100)),
                ("scopes", models.JSONField(default=list)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("ALLOW", "Allowed"), ("DENY", "Denied")], max_length=5
                    ),
                ),
                ("rule_id", models.CharField(blank=True, max_length=20)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("last_updated", models.DateTimeField(auto_now=True)),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="policy_tests",
                        to="servers.authorizationserver",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("server", "name"), name="policy_test_name_once"
                    )
                ],
            },
        ),
    ]
