"""What the office decides about phones: quick phrases, and when the day's digest goes out."""

from __future__ import annotations

from datetime import time

from django.core.exceptions import ValidationError
from django.db import transaction

from buildings.models import Place
from phone.models import DigestPlan, QuickPhrase


@transaction.atomic
def phrase_save(*, phrase: QuickPhrase) -> QuickPhrase:
    """Add or change a phrase. Raises ValidationError for one that is there already, or says nothing."""
    phrase.text = phrase.text.strip()
    if not phrase.text:
        raise ValidationError({"text": "请填写短语，如：身体尚好。"})
    phrase.full_clean()
    phrase.save()
    return phrase


def phrase_remove(*, phrase: QuickPhrase) -> None:
    """Offer a phrase no longer; visits that used it keep their words."""
    phrase.delete()


@transaction.atomic
def digest_plan_set(*, community: Place, at: time, is_on: bool) -> DigestPlan:
    """Return when a community's cadres get the digest of the day."""
    plan, _ = DigestPlan.objects.update_or_create(community=community, defaults={"at": at, "is_on": is_on})
    return plan
