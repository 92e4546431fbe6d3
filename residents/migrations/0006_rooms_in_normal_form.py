"""Entrance and room of every flat in normal form, and never again a number of a person's in them.

Flats of a building that turn out to be one become the older of them, and their residents live there. What the grammar
does not know stays as it is; only a phone or an ID number, and what stands in brackets, goes into the sealed notes of
the residents. Backwards nothing is undone: the normal form says the same flat.
"""

import re

from django.db import migrations, models
from django.db.models import Q

from baibuting.common.tabular.problems import CellError
from buildings.addresses import parse_entrance, parse_flat_beside

BATCH = 1000
NUMBERS_OF_PEOPLE = r"[0-9０-９]{6}"


def bring_to_normal_form(apps, schema_editor):
    household = apps.get_model("residents", "Household")
    resident = apps.get_model("residents", "Resident")
    flats = {}
    for flat in household.objects.select_related("building").order_by("pk").iterator(chunk_size=BATCH):
        (entrance, room), is_left_out = _normal(flat)
        if is_left_out:
            _keep_in_notes(resident, flat)
        survivor = flats.setdefault((flat.building_id, entrance, room), flat.pk)
        if survivor != flat.pk:
            resident.objects.filter(household=flat.pk).update(household=survivor)
            household.objects.filter(pk=flat.pk).delete()
    for (_, entrance, room), pk in flats.items():
        household.objects.filter(pk=pk).exclude(entrance=entrance, room=room).update(entrance=entrance, room=room)
    # the foreign keys are checked now: a table with checks to come takes no constraint
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _normal(flat):
    """Entrance and room as they are to stand, and whether something of theirs is to be kept elsewhere."""
    try:
        said = parse_flat_beside(flat.room, flat.building.name, parse_entrance(flat.entrance))
    except CellError:
        kept = tuple("" if _holds_number(text) else text for text in (flat.entrance, flat.room))
        return kept, kept != (flat.entrance, flat.room)
    return (said.entrance, said.room), said.left_out


def _holds_number(text):
    return re.search(NUMBERS_OF_PEOPLE, text) is not None


def _keep_in_notes(resident, flat):
    written = "-".join(part for part in (flat.entrance, flat.room) if part)
    for person in resident.objects.filter(household=flat.pk):
        person.notes = "\n".join(part for part in (person.notes, f"原登记的单元和室号：{written}") if part)
        person.save(update_fields=["notes"])


class Migration(migrations.Migration):
    dependencies = [("residents", "0005_merges")]
    operations = [
        migrations.RunPython(bring_to_normal_form, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.CheckConstraint(
                condition=~Q(entrance__regex=NUMBERS_OF_PEOPLE) & ~Q(room__regex=NUMBERS_OF_PEOPLE),
                name="residents_household_no_numbers_of_people",
                violation_error_message="单元和室号里不能有电话或证件号码，请写到保密的栏目里。",
            ),
        ),
    ]
