"""Who of the staff sees freeze cases, freezes and unfreezes."""

from django.db import migrations

PERMISSIONS = {
    ("accounts", "freezecase", "view_freezecase", "Can view freeze case"): ("customer service", "reviewer", "auditor"),
    ("accounts", "freezecase", "freeze_enterprise", "Can freeze an enterprise"): ("customer service",),
    ("accounts", "freezecase", "unfreeze_enterprise", "Can propose and approve unfreezing"): ("customer service", "reviewer"),
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
    dependencies = [
        ("accounts", "0006_registration"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
