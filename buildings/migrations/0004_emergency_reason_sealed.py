"""Why somebody looked in an emergency names people: sealed."""

from django.db import migrations

from baibuting.common.fields import SealedTextField
from baibuting.common.sealing import column_sealed, uids_given


class Migration(migrations.Migration):
    dependencies = [("buildings", "0003_emergency_access")]
    operations = [
        *uids_given("buildings", "EmergencyAccess"),
        *column_sealed(
            "buildings", "EmergencyAccess", "reason", SealedTextField(max_length=200, verbose_name="原因")
        ),
    ]
