"""When each phone was last heard from; what phones have sent so far says when that was."""

import django.db.models.deletion
from django.db import migrations, models


def seed(apps, schema_editor):
    contact = apps.get_model("phone", "PhoneContact")
    sent = apps.get_model("phone", "Submission").objects.filter(sender__cadre__isnull=False).order_by()
    heard = sent.values_list("sender__cadre").annotate(models.Max("received_at"))
    contact.objects.bulk_create(contact(cadre_id=cadre, heard_at=at) for cadre, at in heard)


class Migration(migrations.Migration):

    dependencies = [
        ('cadres', '0004_emergency_notices'),
        ('phone', '0002_ship_epoch_and_phrases'),
    ]

    operations = [
        migrations.CreateModel(
            name='PhoneContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('heard_at', models.DateTimeField(verbose_name='最近联系时间')),
                ('cadre', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='phone_contact', to='cadres.cadre')),
            ],
            options={
                'verbose_name': '手机联系',
                'verbose_name_plural': '手机联系',
            },
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
