from django.db import migrations

# Until now one consignment carried all that its giver gave, under the promise of stock of the line itself.
FILL = """
INSERT INTO orders_consignmentline (consignment_id, line_id, quantity, stock_ref)
SELECT c.id, l.id, l.quantity, 'orders.orderline:' || l.id
FROM orders_consignment c JOIN orders_orderline l ON l.order_id = c.order_id AND l.giver_id = c.giver_id
WHERE l.ended_version IS NULL AND NOT EXISTS (SELECT 1 FROM orders_consignmentline p WHERE p.line_id = l.id)
"""


class Migration(migrations.Migration):

    dependencies = [("orders", "0032_consignment_lines")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
