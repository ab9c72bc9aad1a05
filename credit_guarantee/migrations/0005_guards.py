"""The database keeps the custodian's desk by itself: terms stay, an answer is final, escrow and hold tell one story (P4, P9)."""

from django.db import migrations

ESCROW_GUARD = """
CREATE FUNCTION escrow_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault text := '';
BEGIN
    IF TG_OP = 'DELETE' THEN
        fault := 'an escrow is never deleted';
    ELSIF (NEW.id, NEW.key, NEW.payer_id, NEW.payee_id, NEW.amount_minor, NEW.currency, NEW.ref_type, NEW.ref_id, NEW.remittance_reference, NEW.opened_at)
          IS DISTINCT FROM
          (OLD.id, OLD.key, OLD.payer_id, OLD.payee_id, OLD.amount_minor, OLD.currency, OLD.ref_type, OLD.ref_id, OLD.remittance_reference, OLD.opened_at) THEN
        fault := 'the terms of an escrow never change';
    ELSIF OLD.hold_id IS NOT NULL AND (NEW.hold_id, NEW.funded_at) IS DISTINCT FROM (OLD.hold_id, OLD.funded_at) THEN
        fault := 'an escrow is funded once';
    ELSIF OLD.closed_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        fault := 'an escrow ends once';
    END IF;
    IF fault <> '' THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER escrow_guard BEFORE UPDATE OR DELETE ON credit_guarantee_escrow FOR EACH ROW EXECUTE FUNCTION escrow_guard();
"""

ESCROW_MIRRORS_HOLD = """
CREATE FUNCTION escrow_mirrors_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM credit_guarantee_escrow e JOIN ledger_hold h ON h.id = e.hold_id
         WHERE CASE WHEN TG_TABLE_NAME = 'ledger_hold' THEN e.hold_id = NEW.id ELSE e.id = NEW.id END
           AND (h.payer_id, h.payee_id, h.amount_minor, h.currency, CASE WHEN h.state = 'held' THEN 'funded' ELSE h.state END)
               IS DISTINCT FROM (e.payer_id, e.payee_id, e.amount_minor, e.currency, e.state)
    ) THEN
        RAISE EXCEPTION 'escrow and hold do not agree' USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER escrow_mirrors_hold AFTER INSERT OR UPDATE ON credit_guarantee_escrow
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.hold_id IS NOT NULL) EXECUTE FUNCTION escrow_mirrors_hold();
CREATE CONSTRAINT TRIGGER hold_mirrors_escrow AFTER UPDATE ON ledger_hold
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION escrow_mirrors_hold();
"""

INSTRUCTION_GUARD = """
CREATE FUNCTION instruction_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault text := '';
    about record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        fault := 'an instruction is never deleted';
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
    ELSIF (NEW.id, NEW.escrow_id, NEW.kind, NEW.idempotency_key, NEW.enterprise_id, NEW.amount_minor, NEW.currency, NEW.created_at, NEW.receipt_id)
          IS DISTINCT FROM
          (OLD.id, OLD.escrow_id, OLD.kind, OLD.idempotency_key, OLD.enterprise_id, OLD.amount_minor, OLD.currency, OLD.created_at, OLD.receipt_id) THEN
        fault := 'the terms of an instruction never change';
    ELSIF OLD.state <> 'sent' AND NEW IS DISTINCT FROM OLD THEN
        fault := 'an answer is final';
    END IF;
    IF fault <> '' THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER instruction_guard BEFORE INSERT OR UPDATE OR DELETE ON credit_guarantee_custodianinstruction
    FOR EACH ROW EXECUTE FUNCTION instruction_guard();
"""

FALL = "DROP TRIGGER {0} ON {1}; DROP FUNCTION {0}();"


class Migration(migrations.Migration):
    dependencies = [("credit_guarantee", "0004_suspense_receipts"), ("ledger", "0005_words")]
    operations = [
        migrations.RunSQL(ESCROW_GUARD, FALL.format("escrow_guard", "credit_guarantee_escrow")),
        migrations.RunSQL(
            ESCROW_MIRRORS_HOLD,
            "DROP TRIGGER hold_mirrors_escrow ON ledger_hold;" + FALL.format("escrow_mirrors_hold", "credit_guarantee_escrow"),
        ),
        migrations.RunSQL(INSTRUCTION_GUARD, FALL.format("instruction_guard", "credit_guarantee_custodianinstruction")),
    ]
