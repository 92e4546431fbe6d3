"""The first epoch, and the shipped quick phrases; both may be changed afterwards."""

from django.db import migrations
from django.utils import timezone

from phone.choices import SHIPPED_PHRASES


def ship(apps, schema_editor):
    epoch = apps.get_model("phone", "RestoreEpoch")
    if not epoch.objects.exists():
        epoch.objects.create(began_at=timezone.now())
    phrase = apps.get_model("phone", "QuickPhrase")
    if phrase.objects.exists():
        return
    categories = {row.code: row for row in apps.get_model("residents", "CareCategory").objects.all()}
    for place, (code, text, is_default) in enumerate(SHIPPED_PHRASES, start=1):
        phrase.objects.create(
            category=categories.get(code), text=text, is_default=is_default, position=10 * place
        )


class Migration(migrations.Migration):
    dependencies = [("phone", "0001_initial"), ("residents", "0002_ship_categories")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
