"""Phrases of one topic exclude each other; entries may be taken back by their sender."""

from django.db import migrations, models

from phone.choices import SHIPPED_TOPICS


def name_topics(apps, schema_editor):
    phrases = apps.get_model("phone", "QuickPhrase").objects
    for topic, texts in SHIPPED_TOPICS.items():
        phrases.filter(text__in=texts, category=None, topic="").update(topic=topic)


class Migration(migrations.Migration):

    dependencies = [
        ('phone', '0007_entry_objects'),
        ('residents', '0008_erasure'),
    ]

    operations = [
        migrations.AddField(
            model_name='quickphrase',
            name='topic',
            field=models.CharField(blank=True, db_default='', default='', help_text='同一话题的只能选一个，如：身体；可不填', max_length=6, verbose_name='话题'),
        ),
        migrations.RunPython(name_topics, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='submission',
            name='state',
            field=models.CharField(choices=[('stored', '已录入'), ('conflict', '与先前不同'), ('quarantined', '待核对'), ('entered', '更正后录入'), ('dropped', '不予录入'), ('undone', '本人撤销')], max_length=12, verbose_name='状态'),
        ),
        migrations.AddConstraint(
            model_name='quickphrase',
            constraint=models.CheckConstraint(condition=models.Func(models.F('topic'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='phone_quickphrase_topic_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
    ]
