"""Places carry their order in the tree, instead of having every list work it out from three parents."""

from typing import Any

from django.db import migrations, models

from buildings.rules import sort_path


def put_in_order(apps: Any, schema_editor: Any) -> None:
    places = apps.get_model("buildings", "Place").objects
    found: dict[int, str] = {}
    for place in places.order_by("level", "pk"):
        above = found[place.parent_id] if place.parent_id else ""
        found[place.pk] = place.sort_path = sort_path(above, place.name, place.pk)
        place.save(update_fields=["sort_path"])


class Migration(migrations.Migration):
    dependencies = [("buildings", "0006_plain_columns")]

    operations = [
        migrations.AddField(
            model_name="place",
            name="sort_path",
            field=models.CharField(db_default="", editable=False, max_length=400, verbose_name="树中次序"),
        ),
        migrations.RunPython(put_in_order, migrations.RunPython.noop),
    ]
