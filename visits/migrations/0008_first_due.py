"""The days that spreading gives first rounds; and communities whose clocks run already have gone live long ago.

An office that used the portal before there was a go-live keeps its figures: it counts from the earliest day of which
anything is known, and nobody confirmed that day.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Min

from baibuting.common.days import local_day


def go_live_long_ago(apps, schema_editor):
    """Give each community that has clocks the earliest day of its records, visits and incidents."""
    Clock, GoLive = apps.get_model("duties", "DutyClock"), apps.get_model("duties", "GoLive")
    CareRecord = apps.get_model("residents", "CareRecord")
    Visit, Incident = apps.get_model("visits", "Visit"), apps.get_model("visits", "Incident")
    earliest = {}
    for model, column in ((CareRecord, "started_on"), (Visit, "visited_at"), (Incident, "occurred_at")):
        rows = model.objects.order_by().values_list("community").annotate(first=Min(column))
        for community_id, first in rows:
            day = local_day(first) if hasattr(first, "tzinfo") else first
            earliest[community_id] = min(earliest.get(community_id, day), day)
    running = set(Clock.objects.order_by().values_list("community", flat=True).distinct())
    GoLive.objects.bulk_create(GoLive(community_id=pk, on=earliest[pk]) for pk in sorted(running & earliest.keys()))


class Migration(migrations.Migration):

    dependencies = [
        ('duties', '0009_go_live'),
        ('residents', '0007_plain_columns'),
        ('visits', '0007_duties_at_buildings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FirstDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('counts_from', models.DateField(verbose_name='起算日期')),
                ('due_on', models.DateField(verbose_name='首次应办日期')),
                ('created_at', models.DateTimeField(verbose_name='排定时间')),
                ('care_record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='first_due', to='residents.carerecord', verbose_name='必访对象')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='排定人')),
            ],
            options={
                'verbose_name': '首次应办日期',
                'verbose_name_plural': '首次应办日期',
                'constraints': [models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('counts_from'))), name='visits_firstdue_not_before_it_counts')],
            },
        ),
        migrations.RunPython(go_live_long_ago, migrations.RunPython.noop),
    ]
