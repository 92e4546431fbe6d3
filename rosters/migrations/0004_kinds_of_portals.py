from django.db import migrations, models

import rosters.rules


class Migration(migrations.Migration):
    """Kinds of rosters are declared by portals: a new one changes no column."""

    dependencies = [
        ('rosters', '0003_plain_columns'),
    ]

    operations = [
        migrations.AlterField(
            model_name='importrun',
            name='kind',
            field=models.CharField(choices=rosters.rules.kind_choices, max_length=20, verbose_name='种类'),
        ),
        migrations.AlterField(
            model_name='importrun',
            name='looks_like',
            field=models.CharField(blank=True, choices=rosters.rules.kind_choices, default='', max_length=20, verbose_name='像是'),
        ),
        migrations.AlterField(
            model_name='columnmapping',
            name='kind',
            field=models.CharField(choices=rosters.rules.kind_choices, max_length=20, verbose_name='种类'),
        ),
    ]
