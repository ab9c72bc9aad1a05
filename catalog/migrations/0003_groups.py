from django.db import migrations

PERMISSIONS = {
    ("listing", "review_listing", "Can review listings"): ["reviewer", "customer service"],
    ("listing", "view_listing", "Can view listing"): ["reviewer", "customer service", "auditor"],
    ("category", "view_category", "Can view category"): ["reviewer", "customer service"],
    ("category", "change_category", "Can change category"): ["reviewer"],
    ("category", "add_category", "Can add category"): ["reviewer"],
    ("stock", "view_stock", "Can view stock"): ["reviewer", "customer service", "auditor"],
    ("stockmovement", "view_stockmovement", "Can view stock movement"): ["customer service", "auditor"],
    ("stockreservation", "view_stockreservation", "Can view stock reservation"): ["customer service", "auditor"],
    ("want", "view_want", "Can view request"): ["reviewer", "customer service"],
}


def grant(apps, schema_editor):
    """Permissions are made by a signal after all migrations; made here already so that groups can hold them."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    for (model, codename, name), groups in PERMISSIONS.items():
        kind, _ = ContentType.objects.get_or_create(app_label="catalog", model=model)
        permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": name})
        for group in groups:
            Group.objects.get_or_create(name=group)[0].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_categories"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
