"""Numbers of contracts, invoice requests and papers; who works at their desks."""

from django.db import migrations

NUMBERS = ("orders_contract_no", "orders_invoice_no", "orders_paper_no")
DESKS = {
    "contractrequest": (["view_contractrequest", "handle_contract"], ("customer service",)),
    "invoicerequest": (["view_invoicerequest", "handle_invoice"], ("customer service", "finance")),
}
NAMES = {"handle_contract": "Can handle contract requests", "handle_invoice": "Can handle invoice requests"}


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    for model, (codenames, names) in DESKS.items():
        kind, _ = ContentType.objects.get_or_create(app_label="orders", model=model)
        groups = [Group.objects.get_or_create(name=name)[0] for name in names]
        for codename in codenames:
            name = NAMES.get(codename, f"Can view {model}")
            permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": name})
            for group in groups:
                group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0007_contracts_and_invoices"), ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        *[migrations.RunSQL(f"CREATE SEQUENCE {name};", f"DROP SEQUENCE {name};") for name in NUMBERS],
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
