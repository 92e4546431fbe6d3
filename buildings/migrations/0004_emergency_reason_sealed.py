"""Why somebody looked at a place outside his area is often about a person: the reason becomes a sealed column."""

import uuid

from django.db import migrations, models

import baibuting.common.fields


def seal(apps, schema_editor):
    for access in apps.get_model("buildings", "EmergencyAccess").objects.all():
        access.uid = uuid.uuid4()
        access.reason = access.reason_plain
        access.save(update_fields=["uid", "reason"])


def open_again(apps, schema_editor):
    for access in apps.get_model("buildings", "EmergencyAccess").objects.all():
        access.reason_plain = str(access.reason)
        access.save(update_fields=["reason_plain"])


class Migration(migrations.Migration):
    dependencies = [("buildings", "0003_emergency_access")]
    operations = [
        migrations.RenameField("emergencyaccess", "reason", "reason_plain"),
        migrations.AlterField(
            "emergencyaccess", "reason_plain", models.CharField(default="", max_length=200)
        ),
        migrations.AddField(
            "emergencyaccess", "uid", models.UUIDField(default=uuid.uuid4, editable=False, null=True)
        ),
        migrations.AddField(
            "emergencyaccess",
            "reason",
            baibuting.common.fields.SealedTextField(default=b"", max_length=200, verbose_name="原因"),
            preserve_default=False,
        ),
        migrations.RunPython(seal, open_again),
        migrations.AlterField(
            "emergencyaccess", "uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
        ),
        migrations.RemoveField("emergencyaccess", "reason_plain"),
    ]
