"""Consent given and withdrawn, the duty line, boards issued as files. Each writes an audit row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from boards.models import DutyLine, PublishedContact
from boards.rules import is_line
from buildings.choices import Level
from buildings.models import Place, PlaceCode
from cadres.models import Cadre


@transaction.atomic
def contact_agree(*, cadre: Cadre, by: User | None, now: datetime) -> PublishedContact:
    """Record that the cadre agrees to the publication of their present number; agreeing again changes nothing.

    Raises ValidationError where the cadre has no number.
    """
    cadre = Cadre.objects.select_for_update(of=("self",)).get(pk=cadre.pk)
    if not cadre.phone:
        raise ValidationError(f"{cadre.name}还没有登记联系电话，请先由社区办公室登记。")
    agreed = PublishedContact.objects.filter(cadre=cadre, withdrawn_at=None).first()
    if agreed is not None and agreed.phone == cadre.phone:
        return agreed
    if agreed is not None:
        _withdraw(agreed, now)
    made = PublishedContact(cadre=cadre, agreed_at=now, recorded_by=by)
    made.phone = str(cadre.phone)
    made.save()
    _audit(Action.CREATE, made, cadre.community_id, by, now, ["phone"])
    return made


@transaction.atomic
def contact_withdraw(*, cadre: Cadre, by: User, now: datetime) -> None:
    """Withdraw the cadre's consent: no number is published any more. Without consent nothing changes."""
    agreed = PublishedContact.objects.select_for_update().filter(cadre=cadre, withdrawn_at=None).first()
    if agreed is None:
        return
    _withdraw(agreed, now)
    _audit(Action.CHANGE, agreed, cadre.community_id, by, now, ["withdrawn_at"])


def _withdraw(agreed: PublishedContact, now: datetime) -> None:
    """End a consent: the dates stay on record, the number is removed."""
    agreed.phone, agreed.withdrawn_at = "", now
    agreed.save(update_fields=["phone", "withdrawn_at"])


@transaction.atomic
def duty_line_set(*, community: Place, phone: str, by: User | None, now: datetime) -> DutyLine | None:
    """Set the number that is answered day and night; "" removes it from the boards. Raises ValidationError for an
    invalid number.
    """
    phone = phone.strip()
    if phone and not is_line(phone):
        raise ValidationError({"phone": "请填写电话号码，如：027-82345678。"})
    if community.level != Level.COMMUNITY:
        raise ValidationError({"phone": "值班电话按社区设置。"})
    line = DutyLine.objects.select_for_update().filter(community=community).first()
    if not phone:
        if line is not None:
            _audit(Action.DELETE, line, community.pk, by, now, ["phone"])
            line.delete()
        return None
    line = line or DutyLine(community=community)
    line.phone = phone
    line.save()
    _audit(Action.CHANGE, line, community.pk, by, now, ["phone"])
    return line


@transaction.atomic
def boards_hand_out(*, place: Place, count: int, by: User, now: datetime) -> None:
    """Record that boards were issued as a file: of which place, and how many."""
    audit_event_record(
        now=now,
        user=by,
        action=Action.EXPORT,
        object_type=PlaceCode._meta.label_lower,
        object_id=str(place.pk),
        community_id=place.community_id,
        row_count=count,
    )


def _audit(
    action: Action,
    row: models.Model,
    community_id: int,
    by: User | None,
    now: datetime,
    fields: Sequence[str],
) -> None:
    audit_event_record(
        now=now,
        user=by,
        action=action,
        object_type=row._meta.label_lower,
        object_id=str(row.pk),
        community_id=community_id,
        fields=fields,
    )
