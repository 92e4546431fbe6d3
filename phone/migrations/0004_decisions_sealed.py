"""What the office wrote about an entry, and why it was not taken, may name people: sealed."""

from django.db import migrations

from baibuting.common.fields import SealedTextField
from baibuting.common.sealing import column_sealed

MESSAGE = SealedTextField(blank=True, max_length=300, verbose_name="未录入的原因")
DECISION = SealedTextField(blank=True, max_length=200, verbose_name="处理说明")


class Migration(migrations.Migration):
    dependencies = [("phone", "0003_contact")]
    operations = [
        *column_sealed("phone", "Submission", "message", MESSAGE),
        *column_sealed("phone", "Submission", "decision", DECISION),
    ]
