"""The numbers of applications, and who decides. The permission is made here because Django makes its own only after all migrations."""

from django.db import migrations


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    kind, _ = ContentType.objects.get_or_create(app_label="major_clients", model="channelapplication")
    permission, _ = Permission.objects.get_or_create(
        content_type=kind, codename="decide_application", defaults={"name": "Can decide on applications to the major-client channel"}
    )
    Group.objects.get_or_create(name="account manager")[0].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("major_clients", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE major_clients_application_no;", "DROP SEQUENCE major_clients_application_no;"),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
