import json
from pathlib import Path

from django.db import migrations

DAYS = Path(__file__).resolve().parent.parent / "calendars/cn.json"


def load_calendar(apps, schema_editor):
    CalendarDay = apps.get_model("kernel", "CalendarDay")
    rows = json.loads(DAYS.read_text())["days"]
    CalendarDay.objects.bulk_create([CalendarDay(**row) for row in rows], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [
        migrations.RunPython(load_calendar, migrations.RunPython.noop),
        migrations.RunSQL(
            "CREATE TABLE kernel_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);"
            "CREATE INDEX kernel_cache_expires ON kernel_cache (expires);",
            "DROP TABLE kernel_cache;",
        ),
    ]
