from django.db import migrations


class Migration(migrations.Migration):
    """The public address belongs to a place: its table lives on as that of buildings.PlaceCode."""

    dependencies = [("boards", "0001_initial"), ("buildings", "0008_place_code")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("BoardCode")]),
    ]
