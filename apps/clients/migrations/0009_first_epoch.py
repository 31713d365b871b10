from django.db import migrations, models

import apps.clients.models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0008_list_indexes"),
    ]
    operations = [
        migrations.AlterField(
            model_name="client",
            name="epoch",
            field=models.BigIntegerField(default=apps.clients.models.first_epoch, editable=False),
        ),
    ]
