"""What people think of the portal, and what the office answers."""

import baibuting.common.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('buildings', '0008_place_code'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Opinion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('page', models.SlugField(blank=True, editable=False, max_length=80, verbose_name='在哪一页')),
                ('text', baibuting.common.fields.SealedTextField(max_length=500, verbose_name='意见')),
                ('written_at', models.DateTimeField(editable=False, verbose_name='提出时间')),
                ('state', models.CharField(choices=[('new', '未看'), ('seen', '已看'), ('answered', '已答')], default='new', max_length=10, verbose_name='状态')),
                ('answer', baibuting.common.fields.SealedTextField(blank=True, max_length=500, verbose_name='答复')),
                ('answered_at', models.DateTimeField(editable=False, null=True, verbose_name='答复时间')),
                ('answered_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='答复人')),
                ('community', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='buildings.place', verbose_name='社区')),
                ('writer', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人')),
            ],
            options={
                'verbose_name': '意见建议',
                'verbose_name_plural': '意见建议',
                'ordering': ['-written_at', '-id'],
                'indexes': [models.Index(fields=['writer', 'written_at'], name='feedback_opinion_writer')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', False), ('answered_by__isnull', False), ('state', 'answered')), models.Q(models.Q(('state', 'answered'), _negated=True), ('answered_at', None), ('answered_by', None)), _connector='OR'), name='feedback_opinion_answered_whole')],
            },
        ),
    ]
