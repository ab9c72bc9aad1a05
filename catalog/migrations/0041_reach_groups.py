"""Numbers of inquiries and advertisements, and what staff may do with campaigns, advertisements, requests and the report on exposure."""

from django.db import migrations

PERMISSIONS = {
    ("want", "hide_want", "Can take requests down"): ("reviewer", "customer service"),
    ("ad", "view_ad", "Can view advertisement"): ("reviewer", "account manager"),
    ("ad", "review_ad", "Can review advertisements"): ("reviewer",),
    ("campaign", "view_campaign", "Can view campaign"): ("account manager", "auditor"),
    ("campaign", "run_campaign", "Can create and end campaigns"): ("account manager",),
    ("listingday", "read_reach", "Can read the report on exposure"): ("account manager", "assessor", "auditor"),
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
    dependencies = [("catalog", "0040_reach")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE catalog_inquiry_no", "DROP SEQUENCE catalog_inquiry_no"),
        migrations.RunSQL("CREATE SEQUENCE catalog_ad_no", "DROP SEQUENCE catalog_ad_no"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
