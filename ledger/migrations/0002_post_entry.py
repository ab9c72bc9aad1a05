"""The posting function and the zero-sum guard: what must hold even when nobody goes through the service (P1, P3)."""

from django.db import migrations

ZERO_SUM = """
CREATE FUNCTION ledger_zero_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    off record;
BEGIN
    SELECT p.currency, sum(p.minor) AS total INTO off
      FROM ledger_posting p WHERE p.entry_id = NEW.entry_id
     GROUP BY p.currency HAVING sum(p.minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not sum to zero: % %', NEW.entry_id, off.total, off.currency USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a.id = NEW.account_id AND a.currency = NEW.currency) THEN
        RAISE EXCEPTION 'posting % is not in the currency of its account', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_zero_sum AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_zero_sum();
"""

POST = """
CREATE FUNCTION ledger_post(
    p_key text, p_kind text, p_hash text, p_ref_type text, p_ref_id text, p_at timestamptz,
    p_actor_kind text, p_actor_user_id bigint, p_acting_for text, p_reverses bigint,
    p_holders text[], p_purposes text[], p_currencies text[], p_minors bigint[]
) RETURNS TABLE (entry_id bigint, entry_at timestamptz, fresh boolean, refusal text, detail text) LANGUAGE plpgsql AS $$
DECLARE
    new_id bigint;
    ids bigint[];
BEGIN
    entry_at := p_at; fresh := true; refusal := ''; detail := '';

    -- A refusal below undoes all this function wrote and comes back as a value, so the caller's transaction lives on.
    BEGIN
        -- 1. The key goes in first: a twin waits here until the first has committed.
        INSERT INTO ledger_entry (key, kind, legs_hash, ref_type, ref_id, at, actor_kind, actor_user_id, acting_for, reverses_id)
        VALUES (p_key, p_kind, p_hash, p_ref_type, p_ref_id, p_at, p_actor_kind, p_actor_user_id, p_acting_for, p_reverses)
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

        -- 6. Postings with running balances (several legs may meet on one account), then the balances themselves.
        INSERT INTO ledger_posting (entry_id, account_id, minor, currency, balance_after)
        SELECT new_id, l.id, l.minor, a.currency,
               CASE WHEN a.tracked THEN a.balance_minor + sum(l.minor) OVER (PARTITION BY l.id ORDER BY l.n) END
          FROM unnest(ids, p_minors) WITH ORDINALITY AS l(id, minor, n)
          JOIN ledger_account a ON a.id = l.id
         ORDER BY l.n;
        UPDATE ledger_account a SET balance_minor = a.balance_minor + d.delta
          FROM (SELECT l.id, sum(l.minor) AS delta FROM unnest(ids, p_minors) AS l(id, minor) GROUP BY l.id) d
         WHERE a.id = d.id AND a.tracked;
        detail := '';
    EXCEPTION
        WHEN SQLSTATE 'EV001' THEN
            entry_id := NULL; fresh := false; refusal := 'insufficient_funds'; detail := SQLERRM;
        WHEN unique_violation THEN -- the key's conflict is handled above: this is a second reversal of one entry
            entry_id := NULL; fresh := false; refusal := 'reversed_already'; detail := '';
    END;
    RETURN NEXT;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [
        migrations.RunSQL(ZERO_SUM, "DROP TRIGGER ledger_zero_sum ON ledger_posting; DROP FUNCTION ledger_zero_sum();"),
        migrations.RunSQL(
            POST,
            "DROP FUNCTION ledger_post(text, text, text, text, text, timestamptz, text, bigint, text, bigint, text[], text[], text[], bigint[]);",
        ),
    ]
