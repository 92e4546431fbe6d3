"""What came of an entry is named by model and key: a kind of entry that an app declares needs no column of its own.

An incident that was reported beside a visit is no longer named; it lies at the same building at the same moment.
"""

import phone.rules
from django.conf import settings
from django.db import migrations, models


FORWARD = """
    UPDATE phone_submission SET
        object_type = CASE
            WHEN visit_id IS NOT NULL THEN 'visits.visit'
            WHEN arrival_id IS NOT NULL THEN 'visits.arrival'
            ELSE 'visits.incident'
        END,
        object_id = coalesce(visit_id, arrival_id, incident_id)
    WHERE coalesce(visit_id, arrival_id, incident_id) IS NOT NULL;
"""
BACKWARD = """
    UPDATE phone_submission s SET
        visit_id = CASE WHEN object_type = 'visits.visit' THEN object_id END,
        arrival_id = CASE WHEN object_type = 'visits.arrival' THEN object_id END,
        incident_id = CASE
            WHEN object_type = 'visits.incident' THEN object_id
            WHEN object_type = 'visits.arrival' THEN (SELECT incident_id FROM visits_arrival a WHERE a.id = s.object_id)
        END
    WHERE object_id IS NOT NULL;
    SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('buildings', '0008_place_code'),
        ('phone', '0006_digest_last_attempt'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='submission',
            name='object_id',
            field=models.BigIntegerField(editable=False, null=True, verbose_name='录入的编号'),
        ),
        migrations.AddField(
            model_name='submission',
            name='object_type',
            field=models.CharField(blank=True, default='', editable=False, max_length=50, verbose_name='录入成'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RemoveField(
            model_name='submission',
            name='arrival',
        ),
        migrations.RemoveField(
            model_name='submission',
            name='incident',
        ),
        migrations.RemoveField(
            model_name='submission',
            name='visit',
        ),
        migrations.AlterField(
            model_name='submission',
            name='kind',
            field=models.CharField(blank=True, choices=phone.rules.entry_choices, max_length=10, verbose_name='种类'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('object_id__isnull', False)), fields=['object_id', 'object_type'], name='phone_submission_object'),
        ),
        migrations.AddConstraint(
            model_name='submission',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('object_id', None), ('object_type', '')), models.Q(models.Q(('object_type', ''), _negated=True), ('object_id__isnull', False)), _connector='OR'), name='phone_submission_object_whole'),
        ),
    ]
