"""Finance and auditors see the proposals of limits."""

from django.db import migrations

GRANTS = {"limitproposal": ("view_limitproposal",)}


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    groups = [Group.objects.get_or_create(name=name)[0] for name in ("finance", "auditor")]
    for model, codenames in GRANTS.items():
        kind, _ = ContentType.objects.get_or_create(app_label="ledger", model=model)
        for codename in codenames:
            name = codename.replace("_", " ")
            permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": f"Can {name}"})
            for group in groups:
                if group.name == "finance" or codename.startswith("view_"):
                    group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_limits"), ("auth", "0012_alter_user_first_name_max_length"), ("contenttypes", "0002_remove_content_type_name")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
