from django.db import migrations


def grant(apps, schema_editor):
    """Permissions are made by a signal after all migrations; made here already so that groups can hold them."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    kind, _ = ContentType.objects.get_or_create(app_label="helpdesk", model="servicerequest")
    permission, _ = Permission.objects.get_or_create(content_type=kind, codename="answer_request", defaults={"name": "Can answer service requests"})
    Group.objects.get_or_create(name="customer service")[0].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("helpdesk", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
