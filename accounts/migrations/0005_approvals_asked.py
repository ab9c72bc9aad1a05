from django.db import migrations, models

import kernel.vault


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_trust")]

    operations = [
        migrations.AddField(model_name="approval", name="asked", field=kernel.vault.SealedTextField(blank=True)),
        migrations.AddField(model_name="approval", name="currency", field=models.CharField(default="CNY", max_length=3)),
        migrations.AddIndex(model_name="approval", index=models.Index(fields=["enterprise", "-id"], name="approval_of_enterprise")),
    ]
