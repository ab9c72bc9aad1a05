"""A barter limit is raised by two people, also by hand in the database; finance and auditors see the proposals."""

from django.db import migrations

# A raise of a barter limit is the one of an approved proposal, which two people stand behind.
RAISED_BY_TWO = """
CREATE FUNCTION ledger_limit_raised_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.by_one OR (NEW.after_minor > NEW.before_minor AND NOT EXISTS (
        SELECT 1 FROM ledger_limitproposal p JOIN ledger_account a ON a.id = NEW.account_id
         WHERE p.id = NEW.proposal_id AND p.kind = 'debit' AND p.state = 'in_force' AND a.holder = 'enterprise:' || p.enterprise_id
           AND p.before_minor = NEW.before_minor AND p.amount_minor = NEW.after_minor
           AND p.decided_by_id <> coalesce(p.proposed_by_id, p.backed_by_id)
    )) THEN
        RAISE EXCEPTION 'a limit is raised by two people'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ledger_limit_raised_by_two BEFORE INSERT ON ledger_limitchange
    FOR EACH ROW EXECUTE FUNCTION ledger_limit_raised_by_two();
"""
FALL = "DROP TRIGGER ledger_limit_raised_by_two ON ledger_limitchange; DROP FUNCTION ledger_limit_raised_by_two();"

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
    dependencies = [
        ("ledger", "0009_limits"), ("auth", "0012_alter_user_first_name_max_length"), ("contenttypes", "0002_remove_content_type_name"),
    ]  # fmt: skip
    operations = [migrations.RunSQL(RAISED_BY_TWO, FALL), migrations.RunPython(grant, migrations.RunPython.noop)]
