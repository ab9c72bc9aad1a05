"""Numbers of reports, who looks into them, and who keeps goods for buyers on their behalf."""

from django.db import migrations

PERMISSIONS = {
    ("report", "handle_report", "Can handle reports about offers and requests"): ("reviewer", "customer service"),
    ("report", "view_report", "Can view report"): ("reviewer", "customer service", "auditor"),
    ("buyerreservation", "add_buyerreservation", "Can add reservation for a buyer"): ("customer service", "account manager"),
    ("buyerreservation", "view_buyerreservation", "Can view reservation for a buyer"): (
        "customer service",
        "account manager",
        "auditor",
    ),
}


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    for (model, codename, label), holders in PERMISSIONS.items():
        kind, _ = ContentType.objects.get_or_create(app_label="catalog", model=model)
        permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": label})
        for holder in holders:
            Group.objects.get_or_create(name=holder)[0].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0045_reports")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE catalog_report_no", "DROP SEQUENCE catalog_report_no"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
