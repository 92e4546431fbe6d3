"""What is done about a duty is an action; waving through is a waiver, and taking it back revokes it."""

from django.db import migrations
from django.db.models import F, Q

from baibuting.common.sealing import constraints_checked, sealed_anew

KINDS = {"wave_through": "waive", "take_back": "revoke_waiver"}
CONSTRAINTS = ("by_a_rung_or_a_note", "words_where_needed", "stand_in_whole", "takes_back_one")


def rename_kinds(apps, kinds):
    actions = apps.get_model("duties", "DutyAction")._base_manager
    for before, after in kinds.items():
        actions.filter(kind=before).update(kind=after)


class Migration(migrations.Migration):
    dependencies = [("duties", "0006_place_and_appointment")]
    operations = [
        *(migrations.RemoveConstraint("handling", f"duties_handling_{name}") for name in CONSTRAINTS),
        migrations.RenameIndex("handling", new_name="duties_dutyaction_mine", old_name="duties_handling_mine"),
        migrations.RenameModel("Handling", "DutyAction"),
        migrations.RenameField("dutyaction", "takes_back", "revokes"),
        constraints_checked(),
        migrations.RunPython(
            lambda apps, _: rename_kinds(apps, KINDS),
            lambda apps, _: rename_kinds(apps, {after: before for before, after in KINDS.items()}),
        ),
        *sealed_anew("duties", "dutyaction", "words", formerly="duties.handling.words"),
    ]
