from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

# The thirteen top-level categories (SPEC M40); staff may edit the names later, so that this only fills an empty table.
ROWS = [
    ("AGR", "agriculture", "农林牧渔", "Agriculture, forestry and fishery", "01-14", 9),
    ("FOD", "food", "食品饮料酒水", "Food, drinks and wine", "15-24", 13),
    ("PAP", "paper", "造纸印刷包装", "Paper, printing and packaging", "47-49", 13),
    ("CHM", "chemicals", "化工橡塑", "Chemicals, rubber and plastics", "28-29, 31-32, 35-40", 13),
    ("MET", "metals", "冶金矿产能源", "Metals, minerals and energy", "25-27, 72-83", 13),
    ("MAC", "machinery", "机械设备", "Machinery and equipment", "84, 90", 13),
    ("ELE", "electronics", "电子电气数码", "Electronics and electrical", "85", 13),
    ("BLD", "building", "建材家居", "Building materials and home", "44, 68-70, 94", 13),
    ("TEX", "textiles", "纺织服装鞋包", "Textiles, clothing, shoes and bags", "41-43, 50-67", 13),
    ("DLY", "daily", "日用百货礼品", "Daily goods and gifts", "33-34, 71, 95-96", 13),
    ("MED", "medical", "医药健康", "Medicine and health", "30", 13),
    ("VEH", "vehicles", "汽车及交通运输", "Vehicles and transport", "86-89", 13),
    ("SVC", "services", "商务服务与权益", "Business services and entitlements", "", 6),
]


def load(apps, schema_editor):
    Category = apps.get_model("catalog", "Category")
    if Category.objects.exists():
        return
    Category.objects.bulk_create(
        Category(code=code, slug=slug, name_zh=zh, name_en=en, hs=hs, vat_percent=vat, position=i)
        for i, (code, slug, zh, en, hs, vat) in enumerate(ROWS, 1)
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
        TrigramExtension(),  # a trusted extension: the database's owner may create it
        migrations.RunSQL(
            "CREATE INDEX catalog_listing_title_trgm ON catalog_listing USING gin (title_zh gin_trgm_ops, title_en gin_trgm_ops) WHERE state = 'live';",
            "DROP INDEX catalog_listing_title_trgm;",
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE catalog_listing_no; CREATE SEQUENCE catalog_want_no;",
            "DROP SEQUENCE catalog_listing_no; DROP SEQUENCE catalog_want_no;",
        ),
    ]
