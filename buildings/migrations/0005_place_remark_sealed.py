"""What an office notes about a building is often about who lives there: sealed."""

from django.db import migrations

from baibuting.common.fields import SealedTextField
from baibuting.common.sealing import column_sealed, uids_given

REMARK = SealedTextField(blank=True, max_length=200, verbose_name="备注")


class Migration(migrations.Migration):
    dependencies = [("buildings", "0004_emergency_reason_sealed")]
    operations = [*uids_given("buildings", "Place"), *column_sealed("buildings", "Place", "remark", REMARK)]
