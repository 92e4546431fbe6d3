"""What erasing a person means for proposals, and how long what was said in them is kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from baibuting.common.keeping import ErasedPerson, Retention, RowErasure
from proposals.choices import State
from proposals.models import Proposal


def _proposals(person: ErasedPerson) -> QuerySet[Any]:
    return Proposal.objects.unscoped("whose rows are erased").filter(resident__in=person.keys)


def _decline(rows: QuerySet[Any], person: ErasedPerson) -> None:
    """What still waits can no longer be carried out: it goes, as nothing ever followed from it."""
    rows.filter(state=State.WAITING).delete()


def _old(before: datetime) -> QuerySet[Any]:
    rows = Proposal.objects.unscoped("words past keeping").filter(decided_at__lt=before)
    return rows.exclude(Q(said=b"") & Q(answer=b""))


def _words_empty(pks: Collection[int]) -> None:
    """Empty what was said; that there was a proposal, and how it was decided, stays."""
    Proposal.objects.unscoped("words past keeping").filter(pk__in=pks).update(said=b"", answer=b"")


ERASURES = (
    RowErasure(
        "proposals.proposal",
        "变更上报",
        rows=_proposals,
        change=_decline,
        becomes={"said": "", "answer": ""},
    ),
)
RETENTIONS = (
    Retention(
        "proposal_words",
        "proposals.proposal",
        "变更上报写的内容（已核对的）",
        days=365,
        least=90,
        rows=_old,
        remove=_words_empty,
    ),
)
