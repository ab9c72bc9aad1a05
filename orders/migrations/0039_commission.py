"""Commission of both sides, frozen on the order and split over its money parts; its rates are a desk of finance, seen by auditors."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


PERMISSIONS = ("enter_commission", "approve_commission", "view_commissionrate")


def grant(apps, schema_editor):
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    Group = apps.get_model("auth", "Group")
    groups = [Group.objects.get_or_create(name=name)[0] for name in ("finance", "auditor")]
    kind, _ = ContentType.objects.get_or_create(app_label="orders", model="commissionrate")
    for codename in PERMISSIONS:
        name = codename.replace("_", " ")
        permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": f"Can {name}"})
        for group in groups:
            if group.name == "finance" or codename.startswith("view_"):
                group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0022_consents'),
        ('credit_guarantee', '0009_parts_and_fees'),
        ('ledger', '0008_parts_and_fees'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('orders', '0038_payment_schedule'),
    ]

    operations = [
        migrations.CreateModel(
            name='CommissionRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payer_bp', models.PositiveSmallIntegerField(verbose_name='paying side, basis points')),
                ('payee_bp', models.PositiveSmallIntegerField(verbose_name='receiving side, basis points')),
                ('starts_on', models.DateField(verbose_name='for orders proposed from')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('state', models.CharField(choices=[('entered', 'waiting for a second pair of eyes'), ('in_force', 'in force'), ('refused', 'refused')], db_index=True, default='entered', max_length=24, verbose_name='state')),
                ('entered_by_id', models.BigIntegerField(verbose_name='entered by')),
                ('entered_at', models.DateTimeField(verbose_name='entered at')),
                ('decided_by_id', models.BigIntegerField(blank=True, null=True, verbose_name='decided by')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
            ],
            options={
                'verbose_name': 'commission rate',
                'verbose_name_plural': 'commission rates',
                'permissions': [('enter_commission', 'Can enter commission rates'), ('approve_commission', 'Can put commission rates in force')],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='order_terms_stay',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='tender',
            name='tender_terms_stay',
        ),
        migrations.AddField(
            model_name='order',
            name='payee_bp',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='commission of the receiving side, basis points'),
        ),
        migrations.AddField(
            model_name='order',
            name='payer_bp',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='commission of the paying side, basis points'),
        ),
        migrations.AddField(
            model_name='tender',
            name='payee_fee_minor',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='tender',
            name='payer_fee_minor',
            field=models.BigIntegerField(default=0),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='order_terms_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."no" IS DISTINCT FROM (NEW."no") OR OLD."proposer_id" IS DISTINCT FROM (NEW."proposer_id") OR OLD."responder_id" IS DISTINCT FROM (NEW."responder_id") OR OLD."proposer_name" IS DISTINCT FROM (NEW."proposer_name") OR OLD."proposer_name_en" IS DISTINCT FROM (NEW."proposer_name_en") OR OLD."proposer_registration_no" IS DISTINCT FROM (NEW."proposer_registration_no") OR OLD."responder_name" IS DISTINCT FROM (NEW."responder_name") OR OLD."responder_name_en" IS DISTINCT FROM (NEW."responder_name_en") OR OLD."responder_registration_no" IS DISTINCT FROM (NEW."responder_registration_no") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."payer_bp" IS DISTINCT FROM (NEW."payer_bp") OR OLD."payee_bp" IS DISTINCT FROM (NEW."payee_bp") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='025fac72356c56fe5a8ea90baa68ed9f74a79c85', operation='UPDATE', pgid='pgtrigger_order_terms_stay_66721', table='orders_order', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tender',
            trigger=pgtrigger.compiler.Trigger(name='tender_terms_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."payer_id" IS DISTINCT FROM (NEW."payer_id") OR OLD."payee_id" IS DISTINCT FROM (NEW."payee_id") OR OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."since_version" IS DISTINCT FROM (NEW."since_version") OR OLD."stage" IS DISTINCT FROM (NEW."stage") OR OLD."label" IS DISTINCT FROM (NEW."label") OR OLD."due" IS DISTINCT FROM (NEW."due") OR OLD."due_on" IS DISTINCT FROM (NEW."due_on") OR OLD."payer_fee_minor" IS DISTINCT FROM (NEW."payer_fee_minor") OR OLD."payee_fee_minor" IS DISTINCT FROM (NEW."payee_fee_minor"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='6a0596672310e8cc91e53d848e1a3aeac58b1408', operation='UPDATE', pgid='pgtrigger_tender_terms_stay_c27f4', table='orders_tender', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='tender',
            constraint=models.CheckConstraint(condition=models.Q(('payee_fee_minor__gte', 0), ('payee_fee_minor__lte', models.F('amount_minor')), ('payer_fee_minor__gte', 0)), name='tender_shares_of_commission'),
        ),
        migrations.AddConstraint(
            model_name='commissionrate',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['entered', 'in_force', 'refused'])), name='commission_state'),
        ),
        migrations.AddConstraint(
            model_name='commissionrate',
            constraint=models.CheckConstraint(condition=models.Q(('payee_bp__lte', 1000), ('payer_bp__lte', 1000)), name='commission_in_range'),
        ),
        migrations.AddConstraint(
            model_name='commissionrate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by_id', None), ('state', 'entered')), models.Q(models.Q(('state', 'entered'), _negated=True), ('decided_at__isnull', False), ('decided_by_id__isnull', False)), _connector='OR'), name='commission_decided'),
        ),
        migrations.AddConstraint(
            model_name='commissionrate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'in_force'), _negated=True), models.Q(('decided_by_id', models.F('entered_by_id')), _negated=True), _connector='OR'), name='commission_four_eyes'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='commissionrate',
            trigger=pgtrigger.compiler.Trigger(name='commission_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."payer_bp" IS DISTINCT FROM (NEW."payer_bp") OR OLD."payee_bp" IS DISTINCT FROM (NEW."payee_bp") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."entered_by_id" IS DISTINCT FROM (NEW."entered_by_id") OR OLD."entered_at" IS DISTINCT FROM (NEW."entered_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='0e28ccde5111f892f3fd69f7feeb0ab06e5fbc7a', operation='UPDATE', pgid='pgtrigger_commission_stays_e630b', table='orders_commissionrate', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='commissionrate',
            trigger=pgtrigger.compiler.Trigger(name='commission_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='9a605d8a0ba5ef6f58ab0d2661855e91b4b93cc3', operation='DELETE', pgid='pgtrigger_commission_is_kept_4d798', table='orders_commissionrate', when='BEFORE')),
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
