"""Customer service sees and notes tracking; permissions are made here because Django makes its own only afterwards."""

from django.db import migrations

SEE, NOTE = ("customer service", "mediator", "auditor"), ("customer service",)


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    kind, _ = ContentType.objects.get_or_create(app_label="orders", model="trackingevent")
    for codename, name, groups in (
        ("view_trackingevent", "Can view tracking events", SEE), ("note_tracking", "Can note tracking of any shipment", NOTE),
    ):  # fmt: skip
        permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": name})
        for group in groups:
            Group.objects.get_or_create(name=group)[0].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("orders", "0040_feeds"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
