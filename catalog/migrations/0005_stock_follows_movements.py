from django.db import migrations

# What is on hand is what the movements say, whoever writes (H32): a movement goes on from the one before it, and at the end of the
# transaction the shelf must hold what the last movement left. Written as plain triggers, so that no session setting passes them by.
FORWARD = """
CREATE FUNCTION catalog_movement_continues() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    earlier numeric;
BEGIN
    PERFORM 1 FROM catalog_stock WHERE listing_id = NEW.listing_id FOR NO KEY UPDATE;  -- movements of one shelf come one after the other
    SELECT balance INTO earlier FROM catalog_stockmovement WHERE listing_id = NEW.listing_id ORDER BY id DESC LIMIT 1;
    IF NEW.balance <> coalesce(earlier, 0) + NEW.quantity THEN
        RAISE EXCEPTION 'movement of listing %: balance % after % and %', NEW.listing_id, NEW.balance, coalesce(earlier, 0), NEW.quantity
            USING ERRCODE = 'check_violation', CONSTRAINT = 'movement_continues', TABLE = 'catalog_stockmovement';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER catalog_movement_continues BEFORE INSERT ON catalog_stockmovement
    FOR EACH ROW EXECUTE FUNCTION catalog_movement_continues();

CREATE FUNCTION catalog_stock_follows_movements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shelf numeric;
    told numeric;
BEGIN
    SELECT on_hand INTO shelf FROM catalog_stock WHERE listing_id = NEW.listing_id;
    SELECT balance INTO told FROM catalog_stockmovement WHERE listing_id = NEW.listing_id ORDER BY id DESC LIMIT 1;
    IF shelf IS DISTINCT FROM coalesce(told, 0) THEN
        RAISE EXCEPTION 'stock of listing %: % on hand, % by its movements', NEW.listing_id, shelf, coalesce(told, 0)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_follows_movements', TABLE = 'catalog_stock';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER catalog_stock_follows_movements AFTER INSERT OR UPDATE OF on_hand ON catalog_stock
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_stock_follows_movements();

CREATE CONSTRAINT TRIGGER catalog_movement_on_shelf AFTER INSERT ON catalog_stockmovement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_stock_follows_movements();
"""

BACK = """
DROP TRIGGER catalog_movement_on_shelf ON catalog_stockmovement;
DROP TRIGGER catalog_stock_follows_movements ON catalog_stock;
DROP TRIGGER catalog_movement_continues ON catalog_stockmovement;
DROP FUNCTION catalog_stock_follows_movements();
DROP FUNCTION catalog_movement_continues();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_requests_of_persons")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
