"""Numbers of negotiations, and the staff who may read them; permissions are made here because Django makes its own only afterwards."""

from django.db import migrations

GROUPS = ("customer service", "mediator", "auditor")
MODELS = ("rfq", "negotiation", "amendment")


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    groups = [Group.objects.get_or_create(name=name)[0] for name in GROUPS]
    for model in MODELS:
        kind, _ = ContentType.objects.get_or_create(app_label="orders", model=model)
        permission, _ = Permission.objects.get_or_create(content_type=kind, codename=f"view_{model}", defaults={"name": f"Can view {model}"})
        for group in groups:
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("orders", "0030_negotiation"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE orders_rfq_no; CREATE SEQUENCE orders_negotiation_no;",
            "DROP SEQUENCE orders_rfq_no; DROP SEQUENCE orders_negotiation_no;",
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
