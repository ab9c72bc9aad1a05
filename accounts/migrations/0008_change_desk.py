"""Who works at the desk for changes of company data (H19, P37)."""

from django.db import migrations


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    kind, _ = ContentType.objects.get_or_create(app_label="accounts", model="enterprise")
    named = {"name": "Can review changes of companies"}
    permission, _ = Permission.objects.get_or_create(content_type=kind, codename="review_change", defaults=named)
    Group.objects.get_or_create(name="reviewer")[0].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_freeze_groups")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
