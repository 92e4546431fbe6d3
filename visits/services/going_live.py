"""Going live: from which day a community's clocks count, and how its first rounds are spread."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from buildings.choices import Level
from buildings.models import Place
from duties.models import DutyClock, GoLive
from visits.bulk.align import align
from visits.choices import Source
from visits.going_live import StartPlan, late_plan, start_plan
from visits.models import FirstDue
from visits.services.care import clocks_lock

FURTHEST = timedelta(days=366)
# An ordinary community shows its duties as soon as it is confirmed; the sweep opens those of a far larger one.
ALIGNED_AT_ONCE = 2_000


@transaction.atomic
def go_live_confirm(
    *, community: Place, on: date, spread_days: int, now: datetime, by: User | None = None
) -> StartPlan:
    """Count a community's clocks from a day on, today at the earliest, and spread its first rounds. Return what it does.

    While that day is still to come it may be confirmed anew, which replaces the days given before. Raises
    ValidationError once the community is live, and for a day or a window that cannot be.
    """
    community = Place.objects.select_for_update(of=("self",)).get(pk=community.pk)
    plan = go_live_preview(community=community, on=on, spread_days=spread_days, now=now)
    live, is_new = GoLive.objects.update_or_create(
        community=community,
        defaults={"on": on, "spread_days": spread_days, "confirmed_at": now, "confirmed_by": by},
    )
    _write_first_dues(plan, now, by)
    audit_event_record(
        now=now,
        user=by,
        action=Action.CREATE if is_new else Action.CHANGE,
        object_type="duties.golive",
        object_id=str(live.pk),
        community_id=community.pk,
        fields=["on", "spread_days"],
    )
    _wake(community, live, now)
    return plan


def go_live_preview(*, community: Place, on: date, spread_days: int, now: datetime) -> StartPlan:
    """Return what confirming would do; writes nothing. Raises ValidationError for all that confirming would refuse."""
    _refuse(community, on, now)
    return start_plan(community=community, on=on, spread_days=spread_days, now=now)


@transaction.atomic
def records_spread(
    *, community: Place, record_ids: Collection[int], spread_days: int, now: datetime, by: User | None = None
) -> StartPlan | None:
    """Spread the first rounds of records that became known after the go-live: they count from today.

    Call it before their clocks are reconciled. None while the community is not live: confirming will spread them.
    Raises ValidationError for a window that cannot be.
    """
    live = GoLive.objects.filter(community=community).first()
    if live is None or now < live.begins_at:
        return None
    plan = late_plan(community=community, record_ids=record_ids, spread_days=spread_days, now=now)
    _create_first_dues(plan, now, by)
    return plan


def _refuse(community: Place, on: date, now: datetime) -> None:
    if community.level != Level.COMMUNITY:
        raise ValidationError("启用日期是整个社区的，请选择社区。")
    live = GoLive.objects.filter(community=community).first()
    if live is not None and live.begins_at <= now:
        raise ValidationError(
            f"{community.name}已于 {live.counts_from:%Y-%m-%d} 启用，此后的计时都从这天算起，不能再改。"
        )
    if on > local_day(now) + FURTHEST:
        raise ValidationError({"on": "启用日期最远可定在一年之内，请核对年份。"})


def _write_first_dues(plan: StartPlan, now: datetime, by: User | None) -> None:
    """Give each record of a plan its day; days given to the community's records before are replaced."""
    FirstDue.objects.unscoped("a go-live is of the whole community").filter(
        care_record__community=plan.community
    ).delete()
    _create_first_dues(plan, now, by)


def _create_first_dues(plan: StartPlan, now: datetime, by: User | None) -> None:
    FirstDue.objects.bulk_create(
        (
            FirstDue(
                care_record_id=record_id,
                counts_from=plan.counts_from,
                due_on=due_on,
                created_at=now,
                created_by=by,
            )
            for record_id, due_on in plan.slots.items()
        ),
        batch_size=5_000,
    )


def _wake(community: Place, live: GoLive, now: datetime) -> None:
    """Open the first rounds at once, or let the sweep do it: of very many, or on a day still to come."""
    clocks = DutyClock.objects.filter(community=community, source=Source.CARE)
    if live.begins_at <= now and clocks.count() <= ALIGNED_AT_ONCE:
        align(clocks_lock(community=community, source=Source.CARE), now)
    else:
        clocks.update(next_check_at=live.begins_at)
