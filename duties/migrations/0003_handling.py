import baibuting.common.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('buildings', '0003_emergency_access'),
        ('cadres', '0004_emergency_notices'),
        ('duties', '0002_notices_seen'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='duty',
            name='waived',
            field=models.JSONField(db_default=models.Value([], output_field=models.JSONField()), default=list, verbose_name='放行时段'),
        ),
        migrations.CreateModel(
            name='Handling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('take_over', '接办'), ('note', '意见'), ('stand_in', '指派代管'), ('wave_through', '放行'), ('take_back', '收回放行')], max_length=20, verbose_name='处置')),
                ('rung', models.PositiveSmallIntegerField(choices=[(0, '责任人'), (1, '楼栋'), (2, '片区'), (3, '苑区'), (4, '社区')], null=True, verbose_name='级别')),
                ('post', models.CharField(blank=True, choices=[('party_group_leader', '楼栋党小组长'), ('building_head', '楼栋长'), ('health_worker', '卫生员'), ('security_worker', '治安员'), ('culture_worker', '文体员'), ('property_steward', '物业房管员'), ('branch_secretary', '支部书记'), ('general_branch_secretary', '总支书记'), ('committee_secretary', '党委书记'), ('grid_worker', '网格员')], default='', max_length=30, verbose_name='职务')),
                ('words', baibuting.common.fields.SealedTextField(blank=True, verbose_name='说明')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('from_on', models.DateField(null=True, verbose_name='代管开始日期')),
                ('until_on', models.DateField(null=True, verbose_name='代管结束日期')),
                ('building', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='buildings.place', verbose_name='楼栋')),
                ('by_cadre', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='handlings', to='cadres.cadre', verbose_name='处置人')),
                ('by_user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='账号')),
                ('community', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='buildings.place', verbose_name='社区')),
                ('cover', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='handlings', to='cadres.cover', verbose_name='代管')),
                ('duty', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handlings', to='duties.duty', verbose_name='责任')),
                ('stand_in', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cadres.cadre', verbose_name='代管人')),
                ('takes_back', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_back', to='duties.handling', verbose_name='收回的放行')),
            ],
            options={
                'verbose_name': '处置',
                'verbose_name_plural': '处置',
                'ordering': ['at', 'id'],
                'indexes': [models.Index(condition=models.Q(('by_cadre__isnull', False)), fields=['by_cadre', 'duty', 'at'], name='duties_handling_mine')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('by_cadre__isnull', False), ('rung__isnull', False)), models.Q(('by_cadre', None), ('kind', 'note'), ('rung', None)), _connector='OR'), name='duties_handling_by_a_rung_or_a_note'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['note', 'wave_through']), _negated=True), models.Q(('words', b''), _negated=True), _connector='OR'), name='duties_handling_words_where_needed'), models.CheckConstraint(condition=models.Q(models.Q(('from_on__isnull', False), ('kind', 'stand_in'), ('stand_in__isnull', False), ('until_on__gte', models.F('from_on')), ('until_on__isnull', False)), models.Q(models.Q(('kind', 'stand_in'), _negated=True), ('cover', None), ('from_on', None), ('stand_in', None), ('until_on', None)), _connector='OR'), name='duties_handling_stand_in_whole'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'take_back'), ('takes_back__isnull', False)), models.Q(models.Q(('kind', 'take_back'), _negated=True), ('takes_back', None)), _connector='OR'), name='duties_handling_takes_back_one')],
            },
        ),
    ]
