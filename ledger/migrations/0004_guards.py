"""The database keeps the books by itself: balances follow postings, floors follow decisions, holds settle once, corrections mirror (P1-P4)."""

from importlib import import_module

from django.db import migrations, models

ACCOUNT_GUARD = """
CREATE FUNCTION ledger_account_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault text := '';
BEGIN
    IF TG_OP = 'DELETE' THEN
        fault := 'an account is never deleted';
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.balance_minor <> 0 OR NEW.floor_minor IS DISTINCT FROM (CASE WHEN NEW.tracked THEN 0 END)
           OR NEW.tracked <> (NEW.holder NOT IN ('platform', 'custodian')) THEN
            fault := 'a new account is empty and has no limit';
        END IF;
    ELSIF (NEW.id, NEW.holder, NEW.purpose, NEW.currency, NEW.tracked) IS DISTINCT FROM (OLD.id, OLD.holder, OLD.purpose, OLD.currency, OLD.tracked) THEN
        fault := 'an account stays what it is';
    ELSIF (NEW.balance_minor, NEW.floor_minor) IS DISTINCT FROM (OLD.balance_minor, OLD.floor_minor) AND pg_trigger_depth() < 2 THEN
        fault := 'a balance moves with a posting and a floor with a limit change';
    END IF;
    IF fault <> '' THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER ledger_account_guard BEFORE INSERT OR UPDATE OR DELETE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_guard();
"""

# The legs of an entry come in one statement, all of them, and carry the balances with them.
POSTINGS_APPLIED = """
CREATE FUNCTION ledger_postings_applied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT f.entry_id FROM fresh f) f JOIN ledger_entry e ON e.id = f.entry_id
                WHERE e.legs IS DISTINCT FROM (SELECT count(*) FROM ledger_posting p WHERE p.entry_id = e.id)) THEN
        RAISE EXCEPTION 'the postings of an entry are as many as it says, and come together'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    UPDATE ledger_account a SET balance_minor = a.balance_minor + d.delta
      FROM (SELECT f.account_id, sum(f.minor) AS delta FROM fresh f GROUP BY f.account_id) d
     WHERE a.id = d.account_id AND a.tracked;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_postings_applied AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_postings_applied();
"""

ENTRY_COMPLETE = """
CREATE FUNCTION ledger_entry_complete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_posting p WHERE p.entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % has no postings', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.reverses_id IS NOT NULL AND (
        SELECT array_agg(format('%s %s', p.account_id, p.minor) ORDER BY p.account_id, p.minor) FROM ledger_posting p WHERE p.entry_id = NEW.id
    ) IS DISTINCT FROM (
        SELECT array_agg(format('%s %s', p.account_id, -p.minor) ORDER BY p.account_id, -p.minor) FROM ledger_posting p WHERE p.entry_id = NEW.reverses_id
    ) THEN
        RAISE EXCEPTION 'entry % does not mirror the entry it corrects', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_entry_complete AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_complete();
"""

HOLD_GUARD = """
CREATE FUNCTION ledger_hold_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fault text := '';
BEGIN
    IF TG_OP = 'DELETE' THEN
        fault := 'a hold is never deleted';
    ELSIF (NEW.id, NEW.key, NEW.payer_id, NEW.payee_id, NEW.amount_minor, NEW.currency, NEW.ref_type, NEW.ref_id, NEW.created_at)
          IS DISTINCT FROM
          (OLD.id, OLD.key, OLD.payer_id, OLD.payee_id, OLD.amount_minor, OLD.currency, OLD.ref_type, OLD.ref_id, OLD.created_at) THEN
        fault := 'the terms of a hold never change';
    ELSIF OLD.state <> 'held' AND NEW IS DISTINCT FROM OLD THEN
        fault := 'a hold is settled once';
    END IF;
    IF fault <> '' THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER ledger_hold_guard BEFORE UPDATE OR DELETE ON ledger_hold FOR EACH ROW EXECUTE FUNCTION ledger_hold_guard();

CREATE FUNCTION ledger_hold_conserves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    hold record;
    came numeric;
    left_there numeric;
BEGIN
    SELECT * INTO hold FROM ledger_hold h WHERE h.id = NEW.id;
    SELECT coalesce(sum(p.minor) FILTER (WHERE p.minor > 0), 0), coalesce(sum(p.minor), 0) INTO came, left_there
      FROM ledger_account a JOIN ledger_posting p ON p.account_id = a.id
     WHERE a.holder = 'hold:' || NEW.id AND a.purpose = 'held' AND a.currency = NEW.currency;
    IF came <> hold.amount_minor OR (hold.state = 'held') <> (left_there > 0) THEN
        RAISE EXCEPTION 'hold % of % is %: % came, % is left', NEW.id, hold.amount_minor, hold.state, came, left_there
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_hold_conserves AFTER INSERT OR UPDATE ON ledger_hold
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_hold_conserves();
"""

LIMIT_APPLIED = """
CREATE FUNCTION ledger_limit_applied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE ledger_account a SET floor_minor = -NEW.after_minor
     WHERE a.id = NEW.account_id AND a.purpose = 'wallet' AND a.tracked AND a.floor_minor = -NEW.before_minor;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a limit change begins at the limit that the wallet has'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_limit_applied AFTER INSERT ON ledger_limitchange FOR EACH ROW EXECUTE FUNCTION ledger_limit_applied();
"""

POST = """
CREATE OR REPLACE FUNCTION ledger_post(
    p_key text, p_kind text, p_hash text, p_ref_type text, p_ref_id text, p_at timestamptz,
    p_actor_kind text, p_actor_user_id bigint, p_acting_for text, p_reverses bigint,
    p_holders text[], p_purposes text[], p_currencies text[], p_minors bigint[]
) RETURNS TABLE (entry_id bigint, entry_at timestamptz, fresh boolean, refusal text, detail text) LANGUAGE plpgsql AS $$
DECLARE
    new_id bigint;
    ids bigint[];
    violated text;
BEGIN
    entry_at := p_at; fresh := true; refusal := ''; detail := '';

    -- A refusal below undoes all this function wrote and comes back as a value, so the caller's transaction lives on.
    BEGIN
        -- 1. The key goes in first: a twin waits here until the first has committed.
        INSERT INTO ledger_entry (key, kind, legs_hash, ref_type, ref_id, at, actor_kind, actor_user_id, acting_for, reverses_id, legs)
        VALUES (p_key, p_kind, p_hash, p_ref_type, p_ref_id, p_at, p_actor_kind, p_actor_user_id, p_acting_for, p_reverses,
                cardinality(p_minors))
        ON CONFLICT (key) DO NOTHING RETURNING id INTO new_id;
        IF new_id IS NULL THEN
            fresh := false;
            SELECT e.id, e.at, CASE WHEN e.legs_hash = p_hash THEN '' ELSE 'key_reused' END
              INTO entry_id, entry_at, refusal FROM ledger_entry e WHERE e.key = p_key;
            RETURN NEXT; RETURN;
        END IF;
        entry_id := new_id;

        -- 2. Accounts that do not exist yet; always in one order, so that two makers never wait in a circle.
        INSERT INTO ledger_account (holder, purpose, currency, tracked, balance_minor, floor_minor)
        SELECT DISTINCT l.holder, l.purpose, l.currency, t.tracked, 0, CASE WHEN t.tracked THEN 0 END
          FROM unnest(p_holders, p_purposes, p_currencies) AS l(holder, purpose, currency)
         CROSS JOIN LATERAL (SELECT l.holder NOT IN ('platform', 'custodian') AS tracked) t
         WHERE NOT EXISTS (SELECT 1 FROM ledger_account a
                            WHERE a.holder = l.holder AND a.purpose = l.purpose AND a.currency = l.currency)
         ORDER BY 1, 2, 3
        ON CONFLICT (holder, purpose, currency) DO NOTHING;

        -- 3. Which account each leg means; the answer keeps the order of the legs.
        SELECT array_agg(a.id ORDER BY l.n) INTO ids
          FROM unnest(p_holders, p_purposes, p_currencies) WITH ORDINALITY AS l(holder, purpose, currency, n)
          JOIN ledger_account a ON a.holder = l.holder AND a.purpose = l.purpose AND a.currency = l.currency;

        -- 4. Lock the tracked ones in id order. The platform's and the custodian's are never locked: they are sums of postings.
        PERFORM 1 FROM ledger_account a WHERE a.id = ANY (ids) AND a.tracked ORDER BY a.id FOR NO KEY UPDATE;

        -- 5. No account that gives may end below its floor.
        SELECT a.holder || ' ' || a.purpose || ' ' || a.currency INTO detail
          FROM ledger_account a
          JOIN (SELECT l.id, sum(l.minor) AS delta FROM unnest(ids, p_minors) AS l(id, minor) GROUP BY l.id) d ON d.id = a.id
         WHERE a.tracked AND a.floor_minor IS NOT NULL AND d.delta < 0 AND a.balance_minor + d.delta < a.floor_minor
         ORDER BY a.id LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'EV001', MESSAGE = detail;
        END IF;

        -- 6. Postings with running balances (several legs may meet on one account); the balances follow by trigger.
        INSERT INTO ledger_posting (entry_id, account_id, minor, currency, balance_after)
        SELECT new_id, l.id, l.minor, a.currency,
               CASE WHEN a.tracked THEN a.balance_minor + sum(l.minor) OVER (PARTITION BY l.id ORDER BY l.n) END
          FROM unnest(ids, p_minors) WITH ORDINALITY AS l(id, minor, n)
          JOIN ledger_account a ON a.id = l.id
         ORDER BY l.n;
        detail := '';
    EXCEPTION
        WHEN SQLSTATE 'EV001' THEN
            entry_id := NULL; fresh := false; refusal := 'insufficient_funds'; detail := SQLERRM;
        WHEN unique_violation THEN
            GET STACKED DIAGNOSTICS violated = CONSTRAINT_NAME;
            IF violated <> 'ledger_entry_reverses_id_key' THEN -- any other is a fault, not an answer
                RAISE;
            END IF;
            entry_id := NULL; fresh := false; refusal := 'reversed_already'; detail := '';
    END;
    RETURN NEXT;
END $$;
"""
OLD_POST = import_module("ledger.migrations.0002_post_entry").POST.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")

FALL = "DROP TRIGGER {0} ON {1}; DROP FUNCTION {0}();"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_finance_group")]
    operations = [
        migrations.AddField("entry", "legs", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="number of postings")),
        migrations.RunSQL(POST, OLD_POST),
        migrations.RunSQL(ACCOUNT_GUARD, FALL.format("ledger_account_guard", "ledger_account")),
        migrations.RunSQL(POSTINGS_APPLIED, FALL.format("ledger_postings_applied", "ledger_posting")),
        migrations.RunSQL(ENTRY_COMPLETE, FALL.format("ledger_entry_complete", "ledger_entry")),
        migrations.RunSQL(HOLD_GUARD, FALL.format("ledger_hold_guard", "ledger_hold") + FALL.format("ledger_hold_conserves", "ledger_hold")),
        migrations.RunSQL(LIMIT_APPLIED, FALL.format("ledger_limit_applied", "ledger_limitchange")),
    ]
