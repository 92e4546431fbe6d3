from django.db import migrations, models

import reports.rules


class Migration(migrations.Migration):
    """Kinds of reports are declared by portals: a new one changes no column."""

    dependencies = [
        ('reports', '0002_reason_sealed'),
    ]

    operations = [
        migrations.AlterField(
            model_name='reportrun',
            name='kind',
            field=models.CharField(choices=reports.rules.kind_choices, max_length=20, verbose_name='报表'),
        ),
    ]
