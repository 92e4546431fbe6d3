"""What the office sets for phones: quick phrases, and when the day's digest is sent."""

from __future__ import annotations

from datetime import time

from django.core.exceptions import ValidationError
from django.db import transaction

from buildings.models import Place
from phone.models import DigestPlan, QuickPhrase


@transaction.atomic
def phrase_save(*, phrase: QuickPhrase) -> QuickPhrase:
    """Add or change a phrase. Raises ValidationError for an empty phrase or one that exists already."""
    phrase.text = phrase.text.strip()
    if not phrase.text:
        raise ValidationError({"text": "请填写短语，如：身体尚好。"})
    phrase.full_clean()
    phrase.save()
    return phrase


def phrase_remove(*, phrase: QuickPhrase) -> None:
    """Remove a phrase from the forms; visits that used it keep its text."""
    phrase.delete()


@transaction.atomic
def digest_plan_set(*, community: Place, at: time, is_on: bool) -> DigestPlan:
    """Set when a community's cadres receive the day's digest; return the plan."""
    plan, _ = DigestPlan.objects.update_or_create(community=community, defaults={"at": at, "is_on": is_on})
    return plan
