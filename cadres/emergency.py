"""紧急查看: access outside one's area in an emergency, for three hours, with a reason; the place's ladder is notified."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.choices import Role
from accounts.models import User
from audit.choices import Action
from audit.revealing import SHORTEST_REASON
from audit.services import audit_event_record
from baibuting.common.days import local_day
from buildings.choices import Level
from buildings.models import EmergencyAccess, Place
from buildings.scope import Scope
from buildings.selectors import path_ids, place_matching
from cadres.choices import RUNG_POSTS
from cadres.ladder import Ladder
from cadres.models import EmergencyNotice
from cadres.selectors import secretary_on

LASTS = timedelta(hours=3)
MOST_A_DAY = 5


def may_open(user: User, scope: Scope, now: datetime) -> bool:
    """Return whether the user may open emergency access: office staff and secretaries who have a scope already."""
    if not user.is_active or not scope.writable().paths:
        return False
    return user.role == Role.OFFICE or (user.role == Role.CADRE and secretary_on(user, local_day(now)))


def building_named(text: str, scope: Scope) -> Place:
    """Return the one building of that name outside the scope, in a community of the scope.

    Raises ValidationError where there is none or several; it names none of them.
    """
    communities = {path_ids(path)[0] for path in scope.writable().paths}
    buildings = Place.objects.active().filter(level=Level.BUILDING, community__in=communities)
    found = list(buildings.filter(place_matching(text)).select_related("parent__parent"))
    exact = [place for place in found if place.name == text.split()[-1]] if text.split() else []
    found = exact or found
    if not found:
        raise ValidationError({"building": "没有找到这栋楼，请写苑区和楼栋号，如：怡康苑 205栋。"})
    if len(found) > 1:
        raise ValidationError(
            {"building": f"有 {len(found)} 处符合，请连同苑区、片区写全，如：怡康苑 第一片区 205栋。"}
        )
    return found[0]


@transaction.atomic
def emergency_open(
    *, user: User, scope: Scope, building: Place, reason: str, now: datetime
) -> EmergencyAccess:
    """Open a building to the user for three hours and notify its ladder.

    Raises ValidationError without a reason, without the right, inside the user's own area, and after too many a day.
    """
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise ValidationError({"reason": "请写明出了什么事，至少四个字，如：205栋起火需联系住户。"})
    User.objects.select_for_update().get(pk=user.pk)  # concurrent requests are counted one after the other
    if not may_open(user, scope, now):
        raise ValidationError("您的账号不能紧急查看，请联系社区办公室。")
    if scope.covers(building.path):
        raise ValidationError({"building": "这栋楼您现在就能查看，无需紧急查看。"})
    recent = EmergencyAccess.objects.filter(user=user, started_at__gt=now - timedelta(days=1))
    if recent.count() >= MOST_A_DAY:
        raise ValidationError(f"一天内最多紧急查看 {MOST_A_DAY} 次，请联系安全管理员开通工作范围。")
    access = EmergencyAccess.objects.create(
        user=user, place=building, reason=reason, started_at=now, until_at=now + LASTS
    )
    _tell_the_ladder(access, now)
    _audit(access, user, now, ["place", "until_at"], reason)
    return access


@transaction.atomic
def emergency_end(*, access: EmergencyAccess, now: datetime, by: User) -> EmergencyAccess:
    """End the user's own access before its time. Raises ValidationError once it is over."""
    access = EmergencyAccess.objects.select_for_update(of=("self",)).select_related("place").get(pk=access.pk)
    if access.ended_at is not None or access.until_at <= now:
        raise ValidationError("这次紧急查看已经结束。")
    access.ended_at = now
    access.save(update_fields=["ended_at"])
    _audit(access, by, now, ["ended_at"], "")
    return access


def notices_see(*, cadre_id: int, now: datetime) -> int:
    """Mark a cadre's notices as seen: the list was opened. Return how many were new."""
    return EmergencyNotice.objects.filter(cadre=cadre_id, seen_at=None).update(seen_at=now)


def _tell_the_ladder(access: EmergencyAccess, now: datetime) -> None:
    """Notify today's holder of each rung of the building, stand-ins first; each cadre once."""
    ladder, today = Ladder.load([access.place_id]), local_day(now)
    told: dict[int, EmergencyNotice] = {}
    for rung in sorted(RUNG_POSTS, reverse=True):  # a cadre on two rungs is notified as the lower
        holder = ladder.rung_holder(access.place_id, rung, today)
        if holder is not None:
            told[holder.cadre_id] = EmergencyNotice(
                access=access, cadre_id=holder.cadre_id, told_rung=rung, told_post=holder.post
            )
    EmergencyNotice.objects.bulk_create(told.values())


def _audit(access: EmergencyAccess, by: User, now: datetime, fields: list[str], reason: str) -> None:
    audit_event_record(
        now=now,
        user=by,
        action=Action.EMERGENCY,
        object_type=EmergencyAccess._meta.label_lower,
        object_id=str(access.pk),
        community_id=access.place.community_id,
        fields=fields,
        reason=reason,
    )
