"""Why a visit was taken back may be about a person: the reason becomes a sealed column."""

from django.db import migrations, models

import baibuting.common.fields


def seal(apps, schema_editor):
    for visit in apps.get_model("visits", "Visit").objects.exclude(voided_at=None).iterator():
        visit.void_reason = visit.void_reason_plain
        visit.save(update_fields=["void_reason"])


def open_again(apps, schema_editor):
    for visit in apps.get_model("visits", "Visit").objects.exclude(voided_at=None).iterator():
        visit.void_reason_plain = str(visit.void_reason)
        visit.save(update_fields=["void_reason_plain"])


class Migration(migrations.Migration):
    dependencies = [("visits", "0002_rule_terms_complete")]
    operations = [
        migrations.RemoveConstraint("visit", "visits_visit_void_has_reason"),
        migrations.RenameField("visit", "void_reason", "void_reason_plain"),
        migrations.AddField(
            "visit",
            "void_reason",
            baibuting.common.fields.SealedTextField(
                blank=True, default=b"", editable=False, max_length=100, verbose_name="作废原因"
            ),
            preserve_default=False,
        ),
        migrations.RunPython(seal, open_again),
        migrations.RemoveField("visit", "void_reason_plain"),
        migrations.AddConstraint(
            "visit",
            models.CheckConstraint(
                condition=models.Q(voided_at=None, void_reason="")
                | (models.Q(voided_at__isnull=False) & ~models.Q(void_reason="")),
                name="visits_visit_void_has_reason",
            ),
        ),
    ]
