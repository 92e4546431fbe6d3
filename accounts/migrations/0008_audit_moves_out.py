"""The models of the audit trail live in their own app now (audit 0001); their tables stay."""

from django.db import migrations

MODELS = ("AuditPurge", "AuditSeal", "AuditWaiting", "AuditEvent")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_plain_columns"), ("audit", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name) for name in MODELS]
        )
    ]
