import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0043_reach_words'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='want',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('state', 'open')), fields=['places'], name='wants_places'),
        ),
        migrations.AddIndex(
            model_name='want',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('state', 'open')), fields=['give_categories'], name='wants_give_categories'),
        ),
    ]
