"""Parts of a hold may go back before it is settled, and a fee of it may go to the platform; the database keeps both by itself (P4)."""

from importlib import import_module

from django.db import migrations, models
from django.db.models import F, Q

OLD = import_module("ledger.migrations.0004_guards").HOLD_GUARD
OLD_GUARD, OLD_CONSERVES = (
    part.split("CREATE TRIGGER")[0].split("CREATE CONSTRAINT TRIGGER")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    for part in (OLD.split("CREATE FUNCTION ledger_hold_conserves")[0], "CREATE FUNCTION ledger_hold_conserves" + OLD.split("CREATE FUNCTION ledger_hold_conserves")[1])
)

GUARD = """
CREATE OR REPLACE FUNCTION ledger_hold_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault text := '';
BEGIN
    IF TG_OP = 'DELETE' THEN
        fault := 'a hold is never deleted';
    ELSIF (NEW.id, NEW.key, NEW.payer_id, NEW.payee_id, NEW.amount_minor, NEW.fee_minor, NEW.currency, NEW.ref_type, NEW.ref_id, NEW.created_at)
          IS DISTINCT FROM
          (OLD.id, OLD.key, OLD.payer_id, OLD.payee_id, OLD.amount_minor, OLD.fee_minor, OLD.currency, OLD.ref_type, OLD.ref_id, OLD.created_at) THEN
        fault := 'the terms of a hold never change';
    ELSIF OLD.state <> 'held' AND NEW IS DISTINCT FROM OLD THEN
        fault := 'a hold is settled once';
    ELSIF NEW.returned_minor < OLD.returned_minor THEN
        fault := 'what went back in part stays so';
    END IF;
    IF fault <> '' THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

CONSERVES = """
CREATE OR REPLACE FUNCTION ledger_hold_conserves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    hold record;
    came numeric;
    left_there numeric;
BEGIN
    SELECT * INTO hold FROM ledger_hold h WHERE h.id = NEW.id;
    SELECT coalesce(sum(p.minor) FILTER (WHERE p.minor > 0), 0), coalesce(sum(p.minor), 0) INTO came, left_there
      FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
     WHERE a.holder = 'hold:' || NEW.id AND a.purpose = 'held' AND a.currency = NEW.currency;
    IF came <> hold.amount_minor OR left_there <> (CASE WHEN hold.state = 'held' THEN hold.amount_minor - hold.returned_minor ELSE 0 END) THEN
        RAISE EXCEPTION 'hold % of % is %: % came, % is left', NEW.id, hold.amount_minor, hold.state, came, left_there
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_rates_desk")]
    operations = [
        migrations.AddField("hold", "fee_minor", models.BigIntegerField(db_default=0, default=0, verbose_name="platform's fee in it")),
        migrations.AddField("hold", "returned_minor", models.BigIntegerField(db_default=0, default=0, verbose_name="returned in parts")),
        migrations.AddConstraint(
            "hold",
            models.CheckConstraint(condition=Q(fee_minor__gte=0, fee_minor__lt=F("amount_minor")), name="hold_fee_within"),
        ),
        migrations.AddConstraint(
            "hold",
            models.CheckConstraint(condition=Q(returned_minor__gte=0, returned_minor__lt=F("amount_minor")), name="hold_returned_within"),
        ),
        migrations.RunSQL(GUARD, OLD_GUARD),
        migrations.RunSQL(CONSERVES, OLD_CONSERVES),
    ]
