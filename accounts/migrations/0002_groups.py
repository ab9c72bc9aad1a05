"""The groups of the staff and what each may do with accounts; permissions are made here because Django makes its own only after all migrations."""

from django.db import migrations

GROUPS = ("customer service", "reviewer", "finance", "mediator", "legal", "assessor", "account manager", "auditor")
WHO_SEES_COMPANIES = ("customer service", "reviewer", "finance", "mediator", "legal", "account manager", "auditor")
PERMISSIONS = {
    ("accounts", "enterprise", "view_enterprise", "Can view enterprise"): WHO_SEES_COMPANIES,
    ("accounts", "enterprise", "review_enterprise", "Can review enterprises"): ("reviewer",),
    ("accounts", "qualificationdocument", "view_qualificationdocument", "Can view qualification document"): ("reviewer", "customer service"),
    ("accounts", "user", "view_user", "Can view person"): ("customer service",),
    ("kernel", "fact", "view_fact", "Can view fact"): ("auditor",),
    ("kernel", "delivery", "view_delivery", "Can view delivery"): ("auditor",),
    ("kernel", "deadline", "view_deadline", "Can view deadline"): ("auditor", "customer service"),
    ("kernel", "calendarday", "view_calendarday", "Can view calendar day"): ("auditor", "customer service"),
}


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in GROUPS}
    for (app, model, codename, label), holders in PERMISSIONS.items():
        kind, _ = ContentType.objects.get_or_create(app_label=app, model=model)
        permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": label})
        for holder in holders:
            groups[holder].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
