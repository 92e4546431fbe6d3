"""The models of the trail move here from accounts; their tables, triggers and rows stay as they are."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

RENAME = (
    "alter table accounts_auditevent rename constraint {}_auditevent_reason_plain to {}_auditevent_reason_plain"
)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("accounts", "0007_plain_columns"),
    ]

    state_operations = [
        migrations.CreateModel(
            name='AuditPurge',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('link', models.BinaryField(max_length=32)),
                ('before_on', models.DateField()),
                ('purged_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '审计清理',
                'verbose_name_plural': '审计清理',
                'db_table': 'accounts_auditpurge',
            },
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('number', models.BigIntegerField(primary_key=True, serialize=False)),
                ('event_id', models.BigIntegerField(unique=True)),
                ('row_hash', models.BinaryField(max_length=32)),
                ('link', models.BinaryField(max_length=32)),
                ('was_genuine', models.BooleanField()),
                ('sealed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '审计封存',
                'verbose_name_plural': '审计封存',
                'db_table': 'accounts_auditseal',
            },
        ),
        migrations.CreateModel(
            name='AuditWaiting',
            fields=[
                ('event_id', models.BigIntegerField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': '待封存的审计记录',
                'verbose_name_plural': '待封存的审计记录',
                'db_table': 'accounts_auditwaiting',
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('role', models.CharField(blank=True, max_length=20, verbose_name='身份')),
                ('action', models.CharField(choices=[('reveal', '查看完整信息'), ('export', '导出'), ('import', '导入'), ('create', '新增'), ('change', '修改'), ('delete', '删除'), ('permission', '权限变更'), ('sign_in', '登录'), ('refuse', '登录被拒'), ('lock', '登录锁定'), ('second_step', '两步验证'), ('emergency', '紧急查看'), ('alarm', '大量查看告警')], max_length=20, verbose_name='操作')),
                ('object_type', models.CharField(max_length=60, verbose_name='对象类型')),
                ('object_id', models.CharField(blank=True, max_length=40, verbose_name='对象编号')),
                ('community_id', models.BigIntegerField(null=True, verbose_name='社区编号')),
                ('fields', models.JSONField(default=list, verbose_name='涉及字段')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='原因')),
                ('row_count', models.PositiveIntegerField(default=1, verbose_name='行数')),
                ('stamp', models.BinaryField(max_length=33)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='audit_events', to=settings.AUTH_USER_MODEL, verbose_name='操作人')),
            ],
            options={
                'verbose_name': '审计记录',
                'verbose_name_plural': '审计记录',
                'db_table': 'accounts_auditevent',
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['object_type', 'object_id', '-at'], name='accounts_audit_object'), models.Index(fields=['action', '-at'], name='accounts_audit_action')],
                'constraints': [models.CheckConstraint(condition=models.Func(models.F('reason'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='audit_auditevent_reason_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。')],
            },
        ),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(state_operations=state_operations),
        migrations.RunSQL(RENAME.format("accounts", "audit"), RENAME.format("audit", "accounts")),
    ]
