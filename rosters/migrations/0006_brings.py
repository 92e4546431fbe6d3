from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rosters', '0005_state_complete'),
    ]

    operations = [
        migrations.AddField(
            model_name='importrun',
            name='brings',
            field=models.JSONField(null=True, verbose_name='随之到期'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='spread_days',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='分摊天数'),
        ),
    ]
