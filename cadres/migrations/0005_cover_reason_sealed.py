"""Why somebody is away is his own affair, often his health: sealed."""

from django.db import migrations

from baibuting.common.fields import SealedTextField
from baibuting.common.sealing import column_sealed, uids_given

SEALED = SealedTextField(blank=True, help_text="如：探亲、住院", max_length=100, verbose_name="原因")


class Migration(migrations.Migration):
    dependencies = [("cadres", "0004_emergency_notices")]
    operations = [*uids_given("cadres", "Cover"), *column_sealed("cadres", "Cover", "reason", SEALED)]
