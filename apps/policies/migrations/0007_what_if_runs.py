"""Drafts of policies, and what their runs have found."""

import apps.systemlog.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0006_inline_hooks"),
        ("servers", "0005_policy_test_mode"),
    ]

    operations = [
        migrations.CreateModel(
            name="WhatIfRun",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=apps.systemlog.ids.IdDefault("wif"),
                        editable=False,
                        max_length=20,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("base", models.JSONField(default=list)),
                ("proposal", models.JSONField(default=list)),
                ("days", models.PositiveSmallIntegerField(default=7)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("DRAFT", "Draft"),
                            ("OPEN", "Waiting"),
                            ("RUNNING", "Running"),
                            ("DONE", "Done"),
                            ("FAILED", "Failed"),
                        ],
                        db_index=True,
                        default="DRAFT",
                        max_length=8,
                    ),
                ),
                (
                    "phase",
                    models.CharField(
                        choices=[("LOG", "the log"), ("GRANTS", "grants that live")],
                        default="LOG",
                        max_length=8,
                    ),
                ),
                ("place", models.CharField(blank=True, max_length=30)),
                ("since", models.DateTimeField(null=True)),
                ("looked_at", models.BigIntegerField(default=0)),
                ("expected", models.BigIntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("version", models.BigIntegerField(default=0)),
                ("author", models.CharField(blank=True, max_length=255)),
                ("last_error", models.CharField(blank=True, max_length=255)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("started", models.DateTimeField(null=True)),
                ("updated", models.DateTimeField(auto_now=True)),
                ("finished", models.DateTimeField(null=True)),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="what_if_runs",
                        to="servers.authorizationserver",
                    ),
                ),
            ],
            options={
                "ordering": ["-created"],
            },
        ),
        migrations.CreateModel(
            name="WhatIfFinding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "phase",
                    models.CharField(
                        choices=[("LOG", "the log"), ("GRANTS", "grants that live")], max_length=8
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("outcome", models.CharField(max_length=20)),
                ("times", models.BigIntegerField(default=1)),
                ("client_id", models.CharField(max_length=100)),
                ("user_id", models.CharField(blank=True, max_length=20)),
                ("told", models.JSONField(default=dict)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="findings",
                        to="policies.whatifrun",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["run", "phase", "outcome", "id"], name="finding_outcome")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "phase", "digest"), name="finding_once")
                ],
            },
        ),
    ]
