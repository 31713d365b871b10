"""A draft may be of the assignments of a client, too."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0001_initial"),
        ("policies", "0008_what_if_edits"),
    ]

    operations = [
        migrations.AlterField(
            model_name="whatifrun",
            name="server",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="what_if_runs",
                to="servers.authorizationserver",
            ),
        ),
        migrations.AddField(
            model_name="whatifrun",
            name="client",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="what_if_runs",
                to="clients.client",
            ),
        ),
        migrations.AddConstraint(
            model_name="whatifrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("server", None)) ^ models.Q(("client", None)),
                name="what_if_of_one",
            ),
        ),
    ]
