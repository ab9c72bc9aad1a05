"""The numbers of complaints, and who may handle them. The permission is made here because Django makes its own only after all migrations."""

from django.db import migrations

GROUPS = ("mediator", "customer service")


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    kind, _ = ContentType.objects.get_or_create(app_label="disputes", model="complaint")
    permission, _ = Permission.objects.get_or_create(
        content_type=kind, codename="handle_complaint", defaults={"name": "Can take up and close complaints"}
    )
    for name in GROUPS:
        Group.objects.get_or_create(name=name)[0].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("disputes", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE disputes_complaint_no;", "DROP SEQUENCE disputes_complaint_no;"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
