"""Cash in parts: each part is a tender with its own clock; running payment clocks move from their order to its cash tender."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


CLOCKS = """
UPDATE kernel_deadline d SET subject_type = 'orders.tender', subject_id = t.id::text
  FROM orders_tender t
 WHERE d.policy = 'orders.pay' AND d.subject_type = 'orders.order' AND d.subject_id = t.order_id::text AND t.kind = 'cash'
   AND t.ended_version IS NULL AND d.met_at IS NULL AND d.cancelled_at IS NULL AND d.fired_at IS NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0022_consents'),
        ('credit_guarantee', '0009_parts_and_fees'),
        ('ledger', '0008_parts_and_fees'),
        ('orders', '0036_two_currencies'),
    ]

    operations = [
        migrations.RunSQL(CLOCKS, migrations.RunSQL.noop),
        pgtrigger.migrations.RemoveTrigger(
            model_name='tender',
            name='tender_terms_stay',
        ),
        migrations.RemoveConstraint(
            model_name='tender',
            name='tender_kind_once',
        ),
        migrations.AddField(
            model_name='tender',
            name='due',
            field=models.CharField(choices=[('confirmed', 'when the terms are confirmed'), ('date', 'by a date'), ('shipping', 'when the rest is held, before the goods leave')], default='confirmed', max_length=12, verbose_name='due'),
        ),
        migrations.AddField(
            model_name='tender',
            name='due_on',
            field=models.DateField(blank=True, null=True, verbose_name='due on'),
        ),
        migrations.AddField(
            model_name='tender',
            name='label',
            field=models.CharField(blank=True, max_length=60, verbose_name='name of the part'),
        ),
        migrations.AddField(
            model_name='tender',
            name='stage',
            field=models.PositiveSmallIntegerField(default=1, verbose_name='part'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tender',
            trigger=pgtrigger.compiler.Trigger(name='tender_terms_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."payer_id" IS DISTINCT FROM (NEW."payer_id") OR OLD."payee_id" IS DISTINCT FROM (NEW."payee_id") OR OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."since_version" IS DISTINCT FROM (NEW."since_version") OR OLD."stage" IS DISTINCT FROM (NEW."stage") OR OLD."label" IS DISTINCT FROM (NEW."label") OR OLD."due" IS DISTINCT FROM (NEW."due") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='8c6d1f90964bb3f2e431176f463652a412bfb06a', operation='UPDATE', pgid='pgtrigger_tender_terms_stay_c27f4', table='orders_tender', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='tender',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_version', None)), fields=('order', 'kind', 'stage'), name='tender_stage_once'),
        ),
        migrations.AddConstraint(
            model_name='tender',
            constraint=models.CheckConstraint(condition=models.Q(('stage__gte', 1), ('stage__lte', 6)), name='tender_stage_in_range'),
        ),
        migrations.AddConstraint(
            model_name='tender',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due', 'date'), ('due_on__isnull', False)), models.Q(models.Q(('due', 'date'), _negated=True), ('due_on', None)), _connector='OR'), name='tender_due_on'),
        ),
        migrations.AddConstraint(
            model_name='tender',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'cash'), models.Q(('due', 'confirmed'), ('label', ''), ('stage', 1)), _connector='OR'), name='tender_credit_at_once'),
        ),
    ]
