"""Why a visit was voided names people: sealed."""

from django.db import migrations, models
from django.db.models import Q

from baibuting.common.fields import SealedTextField
from baibuting.common.sealing import column_sealed

SEALED = SealedTextField(blank=True, editable=False, max_length=100, verbose_name="作废原因")
NAME = "visits_visit_void_has_reason"


class Migration(migrations.Migration):
    dependencies = [("visits", "0002_rule_terms_complete")]
    operations = [
        migrations.RemoveConstraint("visit", NAME),
        *column_sealed("visits", "Visit", "void_reason", SEALED),
        migrations.AddConstraint("visit",
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason=b"") | (Q(voided_at__isnull=False) & ~Q(void_reason=b"")),
                name=NAME,
            ),
        ),
    ]
