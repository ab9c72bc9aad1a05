from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("kernel", "0004_log_indexes")]
    operations = [migrations.RunSQL("CREATE SEQUENCE kernel_job_no;", "DROP SEQUENCE kernel_job_no;")]
