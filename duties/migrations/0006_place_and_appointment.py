"""A duty lies at a place of any level, and one appointment may owe it.

The column keeps its name: renamed is what the models call it, and nothing in the database is touched for that. The new
column is empty, and so are its indexes; on a million duties the three statements take a second.
"""

import django.db.models.deletion
from django.db import migrations, models

PLACE = {
    "db_column": "building_id",
    "on_delete": django.db.models.deletion.PROTECT,
    "to": "buildings.place",
    "verbose_name": "地点",
}
RUNNING_AT = {
    "condition": models.Q(outcome__in=("open", "overdue")),
    "name": "duties_duty_running",
}


class Migration(migrations.Migration):
    dependencies = [
        ("buildings", "0001_initial"),
        ("cadres", "0006_plain_columns"),
        ("duties", "0005_kinds_are_registered"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="duty", name="duties_duty_running"),
                migrations.RenameField(model_name="duty", old_name="building", new_name="place"),
                migrations.AlterField(
                    model_name="duty",
                    name="place",
                    field=models.ForeignKey(related_name="duties", **PLACE),
                ),
                migrations.AddIndex(
                    model_name="duty",
                    index=models.Index(fields=["community", "place", "outcome", "due_at"], **RUNNING_AT),
                ),
                migrations.RenameField(model_name="handling", old_name="building", new_name="place"),
                migrations.AlterField(
                    model_name="handling",
                    name="place",
                    field=models.ForeignKey(related_name="+", **PLACE),
                ),
            ],
        ),
        migrations.AddField(
            model_name="duty",
            name="appointment",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="duties",
                to="cadres.appointment",
                verbose_name="责任任职",
            ),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(
                condition=models.Q(("appointment__isnull", False), ("outcome__in", ("open", "overdue"))),
                fields=["appointment"],
                name="duties_duty_owed_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="duty",
            index=models.Index(
                condition=models.Q(appointment__isnull=False),
                fields=["appointment"],
                name="duties_duty_appointment",
            ),
        ),
    ]
