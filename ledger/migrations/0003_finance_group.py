"""Finance sees and does its work; auditors see. Permissions are made here because Django makes its own only after all migrations."""

from django.db import migrations

GRANTS = {"account": ("set_debit_limit", "view_account"), "limitchange": ("view_limitchange",), "entry": ("view_entry",), "posting": ("view_posting",), "hold": ("view_hold",)}


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
    dependencies = [("ledger", "0002_post_entry"), ("auth", "0012_alter_user_first_name_max_length"), ("contenttypes", "0002_remove_content_type_name")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
