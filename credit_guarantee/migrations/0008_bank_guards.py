"""The database keeps bank entries by itself: printed terms stay, no booking pays out more than it brought, no escrow takes more than it asks."""

from importlib import import_module

from django.db import migrations

from_0005 = import_module("credit_guarantee.migrations.0005_guards")
OLD_INSTRUCTION = from_0005.INSTRUCTION_GUARD.split("CREATE TRIGGER")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")

INSTRUCTION = """
CREATE OR REPLACE FUNCTION instruction_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault text := '';
    about record;
    brought record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        fault := 'an instruction is never deleted';
    ELSIF TG_OP = 'INSERT' AND NEW.escrow_id IS NULL THEN
        SELECT * INTO brought FROM credit_guarantee_statemententry e WHERE e.id = NEW.entry_id FOR NO KEY UPDATE;
        IF NEW.kind <> 'return' OR NOT brought."into" OR brought.booked_at IS NULL OR NEW.currency <> brought.currency THEN
            fault := 'what is sent back is money that a bank entry brought';
        ELSIF NEW.amount_minor > statement_entry_free(NEW.entry_id) THEN
            fault := 'no more is sent back than is left of a bank entry';
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        SELECT * INTO about FROM credit_guarantee_escrow e WHERE e.id = NEW.escrow_id;
        IF NEW.currency <> about.currency OR (NEW.kind IN ('collect', 'pay_out', 'pay_back') AND NEW.amount_minor <> about.amount_minor) THEN
            fault := 'an instruction is about the money of its escrow';
        ELSIF NEW.enterprise_id <> (CASE WHEN NEW.kind = 'pay_out' THEN about.payee_id ELSE about.payer_id END) THEN
            fault := 'only a payout goes to the payee';
        ELSIF NEW.kind = 'return' AND NOT EXISTS (
            SELECT 1 FROM credit_guarantee_custodianinstruction r
             WHERE r.id = NEW.receipt_id AND r.kind = 'suspense' AND r.escrow_id = NEW.escrow_id AND r.amount_minor = NEW.amount_minor) THEN
            fault := 'what is returned is what had come';
        END IF;
    ELSIF (NEW.id, NEW.escrow_id, NEW.kind, NEW.idempotency_key, NEW.enterprise_id, NEW.amount_minor, NEW.currency, NEW.created_at, NEW.receipt_id, NEW.entry_id)
          IS DISTINCT FROM
          (OLD.id, OLD.escrow_id, OLD.kind, OLD.idempotency_key, OLD.enterprise_id, OLD.amount_minor, OLD.currency, OLD.created_at, OLD.receipt_id, OLD.entry_id) THEN
        fault := 'the terms of an instruction never change';
    ELSIF OLD.state <> 'sent' AND NEW IS DISTINCT FROM OLD THEN
        fault := 'an answer is final';
    END IF;
    IF fault <> '' THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

FREE = """
CREATE FUNCTION statement_entry_free(wanted bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT e.amount_minor
         - coalesce((SELECT sum(a.amount_minor) FROM credit_guarantee_allocation a WHERE a.entry_id = e.id AND a.ended_at IS NULL), 0)::bigint
         - coalesce((SELECT sum(i.amount_minor) FROM credit_guarantee_custodianinstruction i
                      WHERE i.entry_id = e.id AND i.state IN ('sent', 'confirmed')), 0)::bigint
      FROM credit_guarantee_statemententry e WHERE e.id = wanted
$$;
"""

ENTRY = """
CREATE FUNCTION statement_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault text := '';
BEGIN
    IF TG_OP = 'DELETE' THEN
        fault := 'a bank entry is never deleted';
    ELSIF (NEW.id, NEW.statement_id, NEW.account_no, NEW.currency, NEW.fingerprint, NEW.row, NEW.at, NEW."into", NEW.amount_minor, NEW.balance_minor,
           NEW.charges_minor, NEW.name, NEW.to_account, NEW.text, NEW.bank_ref, NEW.returned, NEW.created_at)
          IS DISTINCT FROM
          (OLD.id, OLD.statement_id, OLD.account_no, OLD.currency, OLD.fingerprint, OLD.row, OLD.at, OLD."into", OLD.amount_minor, OLD.balance_minor,
           OLD.charges_minor, OLD.name, OLD.to_account, OLD.text, OLD.bank_ref, OLD.returned, OLD.created_at) THEN
        fault := 'what a bank printed never changes';
    ELSIF OLD.booked_at IS NOT NULL AND NEW.booked_at IS DISTINCT FROM OLD.booked_at THEN
        fault := 'a bank entry is booked once';
    ELSIF OLD.confirms_id IS NOT NULL AND NEW.confirms_id IS DISTINCT FROM OLD.confirms_id THEN
        fault := 'a bank entry confirms one instruction';
    ELSIF OLD.takes_back_id IS NOT NULL AND NEW.takes_back_id IS DISTINCT FROM OLD.takes_back_id THEN
        fault := 'a bank entry takes one other back';
    END IF;
    IF fault <> '' THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER statement_entry_guard BEFORE UPDATE OR DELETE ON credit_guarantee_statemententry
    FOR EACH ROW EXECUTE FUNCTION statement_entry_guard();
"""

ALLOCATION = """
CREATE FUNCTION allocation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault text := '';
    brought record;
    asked record;
    paid numeric;
BEGIN
    IF TG_OP = 'DELETE' THEN
        fault := 'an allocation is never deleted';
    ELSIF TG_OP = 'INSERT' THEN
        SELECT * INTO brought FROM credit_guarantee_statemententry e WHERE e.id = NEW.entry_id FOR NO KEY UPDATE;
        SELECT * INTO asked FROM credit_guarantee_escrow e WHERE e.id = NEW.escrow_id FOR NO KEY UPDATE;
        SELECT coalesce(sum(a.amount_minor + a.charges_minor), 0) INTO paid FROM credit_guarantee_allocation a
         WHERE a.escrow_id = NEW.escrow_id AND a.ended_at IS NULL;
        IF NOT brought."into" OR brought.booked_at IS NULL OR brought.confirms_id IS NOT NULL OR brought.currency <> asked.currency THEN
            fault := 'only money in the books is allocated, in its own currency';
        ELSIF NEW.amount_minor > statement_entry_free(NEW.entry_id) THEN
            fault := 'no more is allocated than a bank entry brought';
        ELSIF paid + NEW.amount_minor + NEW.charges_minor > asked.amount_minor THEN
            fault := 'no more is allocated than an escrow asks for';
        END IF;
    ELSIF (NEW.id, NEW.entry_id, NEW.escrow_id, NEW.amount_minor, NEW.charges_minor, NEW.at)
          IS DISTINCT FROM (OLD.id, OLD.entry_id, OLD.escrow_id, OLD.amount_minor, OLD.charges_minor, OLD.at)
          OR (OLD.held_at IS NOT NULL AND NEW.held_at IS DISTINCT FROM OLD.held_at)
          OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at) THEN
        fault := 'the terms of an allocation never change';
    END IF;
    IF fault <> '' THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER allocation_guard BEFORE INSERT OR UPDATE OR DELETE ON credit_guarantee_allocation
    FOR EACH ROW EXECUTE FUNCTION allocation_guard();
"""

PROPOSAL = """
CREATE FUNCTION booking_proposal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'proposed'
       OR (NEW.entry_id, NEW.kind, NEW.terms, NEW.reason, NEW.note_id, NEW.proposed_by_id, NEW.proposed_at)
          IS DISTINCT FROM (OLD.entry_id, OLD.kind, OLD.terms, OLD.reason, OLD.note_id, OLD.proposed_by_id, OLD.proposed_at) THEN
        RAISE EXCEPTION 'what was proposed stays as it was, and is decided once'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER booking_proposal_guard BEFORE UPDATE OR DELETE ON credit_guarantee_bookingproposal
    FOR EACH ROW EXECUTE FUNCTION booking_proposal_guard();
"""

FALL = "DROP TRIGGER {0} ON {1}; DROP FUNCTION {0}();"

GRANTS = {
    "statementfile": ("import_statement", "decide_booking", "view_statementfile"), "bankstatement": ("view_bankstatement",),
    "statemententry": ("view_statemententry",), "allocation": ("view_allocation",), "bookingproposal": ("view_bookingproposal",),
}


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    groups = [Group.objects.get_or_create(name=name)[0] for name in ("finance", "auditor")]
    for model, codenames in GRANTS.items():
        kind, _ = ContentType.objects.get_or_create(app_label="credit_guarantee", model=model)
        for codename in codenames:
            name = codename.replace("_", " ")
            permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": f"Can {name}"})
            for group in groups:
                if group.name == "finance" or codename.startswith("view_"):
                    group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [("credit_guarantee", "0007_bank_statements"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE credit_guarantee_statement_no;", "DROP SEQUENCE credit_guarantee_statement_no;"),
        migrations.RunSQL(FREE, "DROP FUNCTION statement_entry_free(bigint);"),
        migrations.RunSQL(INSTRUCTION, OLD_INSTRUCTION),
        migrations.RunSQL(ENTRY, FALL.format("statement_entry_guard", "credit_guarantee_statemententry")),
        migrations.RunSQL(ALLOCATION, FALL.format("allocation_guard", "credit_guarantee_allocation")),
        migrations.RunSQL(PROPOSAL, FALL.format("booking_proposal_guard", "credit_guarantee_bookingproposal")),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
