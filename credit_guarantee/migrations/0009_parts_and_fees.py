"""Parts of an escrow may be paid back before it ends, and a fee of it goes to the platform's own account (P4, SPEC decision 12)."""

from importlib import import_module

from django.db import migrations, models
from django.db.models import F, Q

from_0005 = import_module("credit_guarantee.migrations.0005_guards")
from_0008 = import_module("credit_guarantee.migrations.0008_bank_guards")


def replaced(sql: str) -> str:
    return sql.split("CREATE TRIGGER")[0].split("CREATE CONSTRAINT TRIGGER")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


ESCROW = """
CREATE OR REPLACE FUNCTION escrow_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault text := '';
BEGIN
    IF TG_OP = 'DELETE' THEN
        fault := 'an escrow is never deleted';
    ELSIF (NEW.id, NEW.key, NEW.payer_id, NEW.payee_id, NEW.amount_minor, NEW.fee_minor, NEW.currency, NEW.ref_type, NEW.ref_id, NEW.remittance_reference, NEW.opened_at)
          IS DISTINCT FROM
          (OLD.id, OLD.key, OLD.payer_id, OLD.payee_id, OLD.amount_minor, OLD.fee_minor, OLD.currency, OLD.ref_type, OLD.ref_id, OLD.remittance_reference, OLD.opened_at) THEN
        fault := 'the terms of an escrow never change';
    ELSIF OLD.hold_id IS NOT NULL AND (NEW.hold_id, NEW.funded_at) IS DISTINCT FROM (OLD.hold_id, OLD.funded_at) THEN
        fault := 'an escrow is funded once';
    ELSIF OLD.closed_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        fault := 'an escrow ends once';
    ELSIF NEW.returned_minor < OLD.returned_minor THEN
        fault := 'what went back in part stays so';
    END IF;
    IF fault <> '' THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

MIRRORS = """
CREATE OR REPLACE FUNCTION escrow_mirrors_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM credit_guarantee_escrow e JOIN ledger_hold h ON h.id = e.hold_id
         WHERE CASE WHEN TG_TABLE_NAME = 'ledger_hold' THEN e.hold_id = NEW.id ELSE e.id = NEW.id END
           AND (h.payer_id, h.payee_id, h.amount_minor, h.fee_minor, h.returned_minor, h.currency, CASE WHEN h.state = 'held' THEN 'funded' ELSE h.state END)
               IS DISTINCT FROM (e.payer_id, e.payee_id, e.amount_minor, e.fee_minor, e.returned_minor, e.currency, e.state)
    ) THEN
        RAISE EXCEPTION 'escrow and hold do not agree' USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
"""

ABOUT = """    ELSIF TG_OP = 'INSERT' THEN
        SELECT * INTO about FROM credit_guarantee_escrow e WHERE e.id = NEW.escrow_id;
        fee_left := div(about.fee_minor::numeric * (about.amount_minor - about.returned_minor), about.amount_minor);
        IF NEW.currency <> about.currency OR NEW.amount_minor <> (CASE NEW.kind
               WHEN 'collect' THEN about.amount_minor
               WHEN 'pay_out' THEN about.amount_minor - about.returned_minor - fee_left
               WHEN 'pay_back' THEN about.amount_minor - about.returned_minor
               WHEN 'fee' THEN fee_left ELSE NEW.amount_minor END) THEN
            fault := 'an instruction is about the money of its escrow';
        ELSIF NEW.kind = 'part' AND NEW.amount_minor > about.returned_minor - coalesce((
            SELECT sum(i.amount_minor) FROM credit_guarantee_custodianinstruction i
             WHERE i.escrow_id = NEW.escrow_id AND i.kind = 'part' AND i.state IN ('sent', 'confirmed')), 0) THEN
            fault := 'no more is paid back in parts than was given back';
        ELSIF NEW.enterprise_id IS DISTINCT FROM (CASE NEW.kind WHEN 'pay_out' THEN about.payee_id WHEN 'fee' THEN NULL ELSE about.payer_id END) THEN
            fault := 'only a payout goes to the payee, and only a fee to the platform';
        ELSIF NEW.kind = 'return'"""
_BEFORE, _REST = from_0008.INSTRUCTION.split("    ELSIF TG_OP = 'INSERT' THEN\n")
INSTRUCTION = _BEFORE.replace("    brought record;\n", "    brought record;\n    fee_left numeric;\n") + ABOUT + _REST.split("        ELSIF NEW.kind = 'return'")[1]

IS_ABOUT_MONEY = models.CheckConstraint(
    condition=(Q(escrow__isnull=False, entry=None) & (Q(enterprise__isnull=False) ^ Q(kind="fee"))) | Q(escrow=None, entry__isnull=False),
    name="instruction_is_about_money",
)
KINDS = ["collect", "pay_out", "pay_back", "part", "fee", "suspense", "return"]
LABELS = ["collect", "pay out", "pay back", "pay a part back", "pay the platform's fee", "unexpected receipt", "return an unexpected receipt"]


class Migration(migrations.Migration):
    dependencies = [("credit_guarantee", "0008_bank_guards"), ("ledger", "0008_parts_and_fees")]
    operations = [
        migrations.AddField("escrow", "fee_minor", models.BigIntegerField(db_default=0, default=0, verbose_name="platform's fee in it")),
        migrations.AddField("escrow", "returned_minor", models.BigIntegerField(db_default=0, default=0, verbose_name="returned in parts")),
        migrations.AddConstraint(
            "escrow", models.CheckConstraint(condition=Q(fee_minor__gte=0, fee_minor__lt=F("amount_minor")), name="escrow_fee_within")
        ),
        migrations.AddConstraint(
            "escrow",
            models.CheckConstraint(condition=Q(returned_minor__gte=0, returned_minor__lt=F("amount_minor")), name="escrow_returned_within"),
        ),
        migrations.AlterField(
            "custodianinstruction", "kind",
            models.CharField(choices=list(zip(KINDS, LABELS, strict=True)), max_length=8, verbose_name="kind"),
        ),
        *(
            operation
            for constraint in (
                IS_ABOUT_MONEY,
                models.CheckConstraint(condition=Q(kind__in=KINDS), name="instruction_kind"),
                models.UniqueConstraint(
                    fields=["escrow", "kind"],
                    condition=Q(state__in=["sent", "confirmed"], kind__in=["collect", "pay_out", "pay_back", "fee"]),
                    name="instruction_once",
                ),
            )
            for operation in (
                migrations.RemoveConstraint("custodianinstruction", constraint.name),
                migrations.AddConstraint("custodianinstruction", constraint),
            )
        ),
        migrations.RunSQL(ESCROW, replaced(from_0005.ESCROW_GUARD)),
        migrations.RunSQL(MIRRORS, replaced(from_0005.ESCROW_MIRRORS_HOLD)),
        migrations.RunSQL(INSTRUCTION, from_0008.INSTRUCTION),
    ]
