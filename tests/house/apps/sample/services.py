"""Writes on benches."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from sample.models import Bench

from accounts.models import User
from audit.services import audit_event_record
from baibuting.common.entries import Taking
from buildings.models import Place
from cadres.models import Cadre
from cadres.notes import note_leave
from duties.models import DutyClock
from duties.services import clock_create, clocks_reconcile


@transaction.atomic
def bench_create(*, place: Place, name: str, now: datetime) -> Bench:
    """Put up a bench. Raises ValidationError for a name that cannot be one."""
    bench = Bench(place=place, name=name.strip(), put_up_at=now)
    bench.full_clean(exclude=["clock"])
    bench.clock = clock_create(source="benches", community_id=place.community_id, next_check_at=now)
    bench.save()
    return bench


@transaction.atomic
def bench_look_at(*, bench: Bench, now: datetime) -> None:
    """Say that somebody has looked at a bench."""
    clocks = list(DutyClock.objects.select_for_update().filter(pk=bench.clock_id))
    Bench.objects.filter(pk=bench.pk).update(looked_at=now)
    clocks_reconcile(clocks=clocks, now=now)


def bench_look_enter(*, read: int, taking: Taking) -> None:
    """Do what a phone's entry asks for. Raises ValidationError where the bench lies outside what the sender may write."""
    bench = Bench.objects.within(taking.scope).select_related("place").filter(pk=read).first()
    if bench is None:
        raise ValidationError({"bench": "这张长椅已不在您负责的范围内，由社区办核对后录入。"})
    taking.place, taking.made = bench.place, bench
    bench_look_at(bench=bench, now=taking.now)


@transaction.atomic
def bench_paint(*, bench: Bench, told: Cadre, by: User, now: datetime) -> None:
    """Say that a bench was painted: the trail has it, and a cadre finds a note."""
    audit_event_record(
        now=now,
        user=by,
        action="paint",
        object_type=Bench._meta.label_lower,
        object_id=str(bench.pk),
        community_id=bench.place.community_id,
    )
    note_leave(cadre=told, about="bench", target=bench, text=f"{bench}刷过漆了。", now=now)
