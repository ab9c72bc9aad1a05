"""Who sees privileges and who grants them."""

from django.db import migrations

PERMISSIONS = {
    ("view_privilege", "Can view privilege"): ("account manager", "customer service", "reviewer", "auditor"),
    ("grant_privilege", "Can grant and end privileges"): ("account manager",),
}


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    kind, _ = ContentType.objects.get_or_create(app_label="accounts", model="privilege")
    for (codename, label), holders in PERMISSIONS.items():
        permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": label})
        for holder in holders:
            Group.objects.get_or_create(name=holder)[0].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_privileges")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
