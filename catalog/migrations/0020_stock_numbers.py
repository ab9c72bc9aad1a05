from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0031_synonyms")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE catalog_reservation_no; CREATE SEQUENCE catalog_count_no;",
            "DROP SEQUENCE catalog_reservation_no; DROP SEQUENCE catalog_count_no;",
        )
    ]
