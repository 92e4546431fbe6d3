"""How long opinions are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from baibuting.common.keeping import Retention
from feedback.models import Opinion


def _old(before: datetime) -> QuerySet[Any]:
    return Opinion.objects.unscoped("past keeping").filter(written_at__lt=before)


RETENTIONS = (Retention("opinions", "feedback.opinion", "意见建议", days=2 * 365, least=180, rows=_old),)
