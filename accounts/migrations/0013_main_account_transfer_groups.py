"""Who of the staff sees requests for another main account, proposes and approves them (H13)."""

from django.db import migrations

PERMISSIONS = {
    ("accounts", "maintransfer", "view_maintransfer", "Can view transfer of a main account"): ("customer service", "reviewer", "auditor"),
    ("accounts", "maintransfer", "transfer_main_account", "Can propose and approve transfers of main accounts"): (
        "customer service",
        "reviewer",
    ),
}


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    for (app, model, codename, label), holders in PERMISSIONS.items():
        kind, _ = ContentType.objects.get_or_create(app_label=app, model=model)
        permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": label})
        for holder in holders:
            Group.objects.get_or_create(name=holder)[0].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_main_account_transfer")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
