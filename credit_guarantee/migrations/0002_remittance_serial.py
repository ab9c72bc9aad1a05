"""Serials of remittance references: a sequence, so that no row stands in the path of every order."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("credit_guarantee", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE credit_guarantee_remittance MINVALUE 1 MAXVALUE 99999 CYCLE",
            "DROP SEQUENCE credit_guarantee_remittance",
        ),
    ]
