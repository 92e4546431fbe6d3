"""What a report with people in full is for is written by hand and names them: sealed."""

from django.db import migrations

from baibuting.common.fields import SealedTextField
from baibuting.common.sealing import column_sealed

REASON = SealedTextField(blank=True, max_length=200, verbose_name="用途")


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]
    operations = [*column_sealed("reports", "ReportRun", "reason", REASON)]
