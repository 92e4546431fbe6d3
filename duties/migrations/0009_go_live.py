import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('buildings', '0008_place_code'),
        ('duties', '0008_action_fields'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GoLive',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='启用日期')),
                ('spread_days', models.PositiveSmallIntegerField(default=0, verbose_name='分摊天数')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='确认时间')),
                ('community', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='go_live', to='buildings.place', verbose_name='社区')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='确认人')),
            ],
            options={
                'verbose_name': '启用日期',
                'verbose_name_plural': '启用日期',
                'constraints': [models.CheckConstraint(condition=models.Q(('spread_days__lte', 92)), name='duties_golive_spread_within_a_quarter'), models.CheckConstraint(condition=models.Q(('confirmed_by', None), ('confirmed_at__isnull', False), _connector='OR'), name='duties_golive_confirmed_by_has_a_moment')],
            },
        ),
    ]
