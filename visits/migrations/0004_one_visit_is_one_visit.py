"""A visit may correct another; a visitor's name is a name, and its telephone goes to the sealed notes."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from visits.visitors import is_visitor_name, visitor_of

BATCH = 500  # rows read at a time
NUMBER = "[0-9０-９]([ \u3000-]?[0-9０-９]){5}"


def seal_what_is_no_name(apps, schema_editor):
    rows = apps.get_model("visits", "Visit").objects.exclude(visitor_name="")
    for row in rows.only("uid", "visitor_name", "notes").iterator(BATCH):
        written = row.visitor_name
        if is_visitor_name(written):
            continue
        notes = str(row.notes)
        row.visitor_name = visitor_of(written).name
        row.notes = f"{notes}（走访人：{written}）" if notes else f"走访人：{written}"
        row.save(update_fields=["visitor_name", "notes"])
    # or the table could not be altered while checks of these very rows are waiting
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [("visits", "0003_void_reason_sealed")]
    operations = [
        migrations.RemoveField("visit", "content_digest"),
        migrations.AddField(
            "visit",
            "corrects",
            models.OneToOneField(
                editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="corrected_by",
                to="visits.visit", verbose_name="更正自",
            ),
        ),
        # what was written is kept, sealed: nothing to undo
        migrations.RunPython(seal_what_is_no_name, migrations.RunPython.noop),
        migrations.AddConstraint(
            "visit",
            models.CheckConstraint(
                condition=~Q(visitor_name__regex=NUMBER),
                name="visits_visit_visitor_has_no_number",
                violation_error_message="走访人只写姓名，不超过 30 个字；电话、证件号码和其他说明请不要写在这里。",
            ),
        ),
        migrations.AddConstraint(
            "visit",
            models.CheckConstraint(
                condition=Q(corrects=None) | ~Q(corrects=F("id")), name="visits_visit_corrects_another"
            ),
        ),
    ]
