"""The five categories of 五必访, as shipped; their labels may be edited afterwards."""

from django.db import migrations

from residents.choices import SHIPPED_CATEGORIES


def ship(apps, schema_editor):
    category = apps.get_model("residents", "CareCategory")
    for position, (code, label, public_label, is_sensitive, synonyms) in enumerate(SHIPPED_CATEGORIES, start=1):
        category.objects.update_or_create(
            code=code,
            defaults={
                "label": label,
                "public_label": public_label,
                "is_sensitive": is_sensitive,
                "synonyms": synonyms,
                "position": position,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("residents", "0001_initial")]
    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
