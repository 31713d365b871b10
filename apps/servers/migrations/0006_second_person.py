"""Four eyes: a server may ask for a second person, and changes that wait for one."""

import apps.systemlog.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("servers", "0005_policy_test_mode")]

    operations = [
        migrations.AddField(
            model_name="authorizationserver",
            name="second_person",
            field=models.BooleanField(
                default=False, verbose_name="a second person approves changes"
            ),
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=apps.systemlog.ids.IdDefault("rev"),
                        editable=False,
                        max_length=20,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("author_id", models.CharField(max_length=64)),
                ("author_name", models.CharField(max_length=255)),
                ("title", models.CharField(max_length=255)),
                ("path", models.CharField(max_length=1024)),
                ("fields", models.JSONField(default=list)),
                ("shown", models.JSONField(default=list)),
                ("changes", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Waits"),
                            ("APPROVED", "Approved"),
                            ("REJECTED", "Rejected"),
                            ("WITHDRAWN", "Withdrawn"),
                        ],
                        default="OPEN",
                        max_length=9,
                    ),
                ),
                ("decided_by", models.CharField(blank=True, max_length=255)),
                ("decided_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=1024)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reviews",
                        to="servers.authorizationserver",
                    ),
                ),
            ],
            options={"ordering": ["-created"]},
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["state", "expires_at"], name="review_open"),
        ),
    ]
