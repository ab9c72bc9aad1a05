from django.db import migrations, models

# What a row written beside the services (a load of many, a restore) has unless it says otherwise.
LISTS, OBJECTS = ("units", "tiers", "lead_tiers", "media", "attribute_lines", "reasons"), ("attributes", "fair_value")
WORDS = ("packaging_zh", "packaging_en", "origin", "maker", "incoterm", "incoterm_place", "takedown_reason", "batch")
DEFAULTS = {
    **dict.fromkeys(LISTS, "'[]'"), **dict.fromkeys(OBJECTS, "'{}'"), **dict.fromkeys(WORDS, "''"), "latest_version": "1", "waiting": "false",
}  # fmt: skip
SET = "".join(f"ALTER TABLE catalog_listing ALTER COLUMN {name} SET DEFAULT {value};" for name, value in DEFAULTS.items())
DROP = "".join(f"ALTER TABLE catalog_listing ALTER COLUMN {name} DROP DEFAULT;" for name in DEFAULTS)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0011_category_tree")]
    operations = [
        migrations.RunSQL(SET, DROP),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(('path__len__gte', 1), ('path__len__lte', 3)), name='category_level'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(('path__contains', [models.F('code')])), name='category_path_ends_here'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('parent__isnull', True), ('path__len', 1)), models.Q(('parent__isnull', False), ('path__len__gt', 1)), _connector='OR'), name='category_top_has_no_parent'),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='category_not_its_own_parent'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'in_review'), _negated=True), ('waiting', True), _connector='OR'), name='in_review_waits'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.CheckConstraint(condition=models.Q(('ready_to_ship', False), ('lead_days__lte', 7), _connector='OR'), name='ready_leaves_within_a_week'),
        ),
        migrations.AddConstraint(
            model_name='listing',
            constraint=models.CheckConstraint(condition=models.Q(('version__lte', models.F('latest_version'))), name='version_was_given'),
        ),
    ]
