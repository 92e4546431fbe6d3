"""Why somebody stands in is often an illness: the reason becomes a sealed column."""

import uuid

from django.db import migrations, models

import baibuting.common.fields


def seal(apps, schema_editor):
    for cover in apps.get_model("cadres", "Cover").objects.all():
        cover.uid = uuid.uuid4()
        cover.reason = cover.reason_plain
        cover.save(update_fields=["uid", "reason"])


def open_again(apps, schema_editor):
    for cover in apps.get_model("cadres", "Cover").objects.all():
        cover.reason_plain = str(cover.reason)
        cover.save(update_fields=["reason_plain"])


class Migration(migrations.Migration):
    dependencies = [("cadres", "0004_emergency_notices")]
    operations = [
        migrations.RenameField("cover", "reason", "reason_plain"),
        migrations.AlterField("cover", "reason_plain", models.CharField(default="", max_length=100)),
        migrations.AddField("cover", "uid", models.UUIDField(default=uuid.uuid4, editable=False, null=True)),
        migrations.AddField(
            "cover",
            "reason",
            baibuting.common.fields.SealedTextField(
                blank=True, default=b"", help_text="如：探亲、住院", max_length=100, verbose_name="原因"
            ),
            preserve_default=False,
        ),
        migrations.RunPython(seal, open_again),
        migrations.AlterField(
            "cover", "uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
        ),
        migrations.RemoveField("cover", "reason_plain"),
    ]
