"""Why somebody left. Who left before it was asked for is 未注明."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models


def name_the_unstated(apps: Any, schema_editor: Any) -> None:
    residents = apps.get_model("residents", "Resident").objects.using(schema_editor.connection.alias)
    residents.filter(left_on__isnull=False).update(left_reason="unstated")


class Migration(migrations.Migration):
    dependencies = [("residents", "0002_ship_categories")]

    operations = [
        migrations.AddField(
            model_name="resident",
            name="left_reason",
            field=models.CharField(
                "离开原因",
                max_length=10,
                choices=[("moved", "迁出"), ("died", "去世"), ("unstated", "未注明")],
                blank=True,
                editable=False,
                default="",
                db_default="",
            ),
        ),
        migrations.AlterField(
            model_name="resident",
            name="left_on",
            field=models.DateField("离开日期", null=True, blank=True, editable=False),
        ),
        migrations.RunPython(name_the_unstated, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="resident",
            constraint=models.CheckConstraint(
                condition=models.Q(("left_on", None), ("left_reason", ""))
                | (models.Q(("left_on__isnull", False)) & ~models.Q(("left_reason", ""))),
                name="residents_resident_left_has_reason",
                violation_error_message="离开日期和离开原因要一起填写。",
            ),
        ),
    ]
